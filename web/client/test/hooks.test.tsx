// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { Commands, RealtimeClient, systemTimers, watchQuality, type Update } from '../src/index';
import {
  useCommand,
  useConnectionQuality,
  useRealtime,
  useRoom,
  useThrottledRoom,
} from '../src/react/index';
import { FakeGateway } from './fakeGateway';
import { ManualPage, ManualTimers, settle } from './manual';

afterEach(cleanup);

async function start() {
  const gateway = new FakeGateway();
  const timers = new ManualTimers();
  const client = new RealtimeClient({
    baseUrl: 'http://gateway.test/',
    transports: [gateway.transport()],
    timers,
    page: new ManualPage(),
    fetch: gateway.fetch,
  });
  client.start();
  await settle();
  return { gateway, timers, client };
}

describe('hooks', () => {
  it('should show the link and follow a room while mounted', async () => {
    const { gateway, timers, client } = await start();
    const seen: Update[] = [];
    function View() {
      const { state } = useRealtime(client);
      useRoom(client, 'celery:tasks', (update) => seen.push(update));
      return <p data-testid="state">{state}</p>;
    }
    const { unmount } = render(<View />);
    await act(settle);
    expect(screen.getByTestId('state').textContent).toBe('live');
    act(() => {
      gateway.publish(['a', 'PENDING']);
    });
    expect(seen).toHaveLength(1);
    await act(async () => {
      gateway.open.close(1006);
      await settle();
    });
    expect(screen.getByTestId('state').textContent).toBe('recovering');
    unmount();
    await timers.advance(5_000);
    gateway.publish(['a', 'STARTED']);
    expect(seen).toHaveLength(1);
  });

  it('should conflate by key and lose nothing that has none', async () => {
    const { gateway, client } = await start();
    const calls: (readonly Update[])[] = [];
    function View() {
      useThrottledRoom(
        client,
        'celery:tasks',
        (update) => (update.type === 'task_update' ? update.data.uuid : undefined),
        (updates) => calls.push(updates),
        { throttleMs: 1 },
      );
      return null;
    }
    render(<View />);
    await act(settle);
    gateway.publish(['a', 'PENDING'], ['b', 'PENDING'], ['a', 'SUCCESS']);
    const until = Date.now() + 5_000;
    while (calls.length === 0 && Date.now() < until) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    expect(calls[0]?.map((update) => 'state' in update.data && update.data.state)).toEqual([
      'PENDING',
      'SUCCESS',
    ]);
  });

  it('should follow the latest command and the quality', async () => {
    const { client, timers } = await start();
    const quality = watchQuality(client, timers);
    const commands = new Commands(
      { deliver: () => Promise.resolve({ commandId: 'c' }), ask: () => Promise.resolve(undefined) },
      systemTimers,
    );
    function View() {
      const { run, doubts, isBusy } = useCommand(commands);
      const { grade } = useConnectionQuality(quality);
      return (
        <>
          <button onClick={() => run({ kind: 'x', path: '/x', targets: [{ target: 'u' }] })}>
            go
          </button>
          <p data-testid="out">{`${doubts[0]?.phase ?? 'none'} ${isBusy} ${grade}`}</p>
        </>
      );
    }
    render(<View />);
    await act(async () => {
      screen.getByText('go').click();
      await settle();
    });
    expect(screen.getByTestId('out').textContent).toBe('pending true unknown');
    await act(async () => {
      commands.onCommandUpdate({ commandId: 'c', status: 'confirmed' });
      await timers.advance(30_000);
    });
    expect(screen.getByTestId('out').textContent).toBe('confirmed false good');
  });
});
