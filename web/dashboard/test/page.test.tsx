import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { ThemeProvider } from '@mui/material/styles';
import type { ReactNode } from 'react';
import { Provider } from 'react-redux';
import { MemoryRouter } from 'react-router';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Commands,
  Http,
  QualityMonitor,
  systemTimers,
  type CommandSpec,
  type Task,
} from '@apfa/realtime-client';
import { mirrorDoubts, selectDoubtOf } from '@apfa/realtime-client/redux';
import { retryTasks } from '../src/app/commandsOf';
import { csrfHeader, forgetSession, openSession } from '../src/app/identity';
import { ServicesContext, type Services } from '../src/app/services';
import { useShortcuts } from '../src/app/shortcuts';
import {
  gapSeen,
  groupsChanged,
  identityLearned,
  linkChanged,
  troubleSeen,
  makeStore,
  queuesChanged,
  workersChanged,
} from '../src/app/store';
import { show } from '../src/app/useShownTask';
import { Api } from '../src/data/api';
import { Rates } from '../src/data/rates';
import { TaskStore } from '../src/data/taskStore';
import { GroupsPage } from '../src/pages/GroupsPage';
import { QueuesPage } from '../src/pages/QueuesPage';
import { WorkersPage } from '../src/pages/WorkersPage';
import { RevokeCell, StateCell, WhenCell } from '../src/pages/taskCells';
import { DangerDialog } from '../src/parts/DangerDialog';
import { Fetched } from '../src/parts/Fetched';
import { formatExact } from '../src/parts/format';
import { GapBands } from '../src/parts/GapBands';
import { LinkBadge } from '../src/parts/LinkBadge';
import { RevokeButton } from '../src/parts/RevokeButton';
import { theme } from '../src/app/theme';

afterEach(cleanup);

class QuietApi extends Api {
  constructor() {
    super(undefined as never);
  }

  override workers = () => Promise.resolve([]);
  override queues = () => Promise.resolve([]);
  override doctor = () => Promise.reject(new Error('not asked'));
}

/** Services without a network: commands are answered by the test. */
function bench() {
  const delivered: {
    readonly spec: CommandSpec;
    readonly answer: (value: unknown) => void;
    readonly refuse: (error: Error) => void;
  }[] = [];
  const commands = new Commands(
    {
      deliver: (_msgId, spec) =>
        new Promise((resolve, reject) => {
          delivered.push({ spec, answer: resolve, refuse: reject });
        }),
      ask: () => Promise.resolve(undefined),
    },
    systemTimers,
  );
  const store = makeStore(commands);
  mirrorDoubts(commands, store.dispatch);
  store.dispatch(identityLearned({ at: 'known', user: 'u', role: 'admin' }));
  const services = {
    api: new QuietApi(),
    commands,
    store,
    tasks: new TaskStore(),
    rates: new Rates(),
    quality: {
      report: new QualityMonitor().report(undefined),
      onChange: () => () => undefined,
    },
  } as unknown as Services;
  const show = (children: ReactNode) =>
    render(
      <ServicesContext value={services}>
        <Provider store={store}>
          <ThemeProvider theme={theme}>
            <MemoryRouter>{children}</MemoryRouter>
          </ThemeProvider>
        </Provider>
      </ServicesContext>,
    );
  return { delivered, commands, store, services, show };
}

describe('LinkBadge', () => {
  it('should say the state, the reason and the next attempt at a fixed place', () => {
    const { store, show } = bench();
    show(<LinkBadge />);
    act(() => {
      store.dispatch(
        linkChanged({
          state: 'recovering',
          reason: 'the connection was lost',
          since: Date.now() - 3_000,
          phase: {
            at: 'waiting',
            reason: 'the connection was lost',
            attempt: 2,
            untilMs: Date.now() + 4_000,
          },
        }),
      );
    });
    const badge = screen.getByTestId('connection-state');
    expect(badge.dataset['state']).toBe('recovering');
    expect(badge.textContent).toContain('the connection was lost');
    expect(badge.textContent).toMatch(/next attempt in [3-6] s/);
  });
});

describe('LinkBadge on a server that hears nothing', () => {
  it('should say so though the page itself is connected, and take it back', () => {
    const { store, show } = bench();
    show(<LinkBadge />);
    act(() => {
      store.dispatch(
        linkChanged({
          state: 'live',
          reason: 'WebSocket',
          since: 1,
          phase: { at: 'open' },
        } as never),
      );
      store.dispatch(troubleSeen('the server cannot reach the broker: Connection refused'));
    });
    const badge = screen.getByTestId('connection-state');
    expect(badge.dataset['state']).toBe('recovering');
    expect(badge.textContent).toContain('cannot reach the broker');
    act(() => {
      store.dispatch(troubleSeen(undefined));
    });
    expect(badge.dataset['state']).toBe('live');
  });
});

describe('RevokeButton', () => {
  const row = { uuid: 'u1', state: 'STARTED', offset: 4 };

  it('should post a revoke and be busy at once', async () => {
    const { delivered, commands, services, show: draw } = bench();
    services.tasks.put(row);
    draw(<RevokeButton shown={show(row, undefined)} />);
    fireEvent.click(screen.getByTestId('revoke-u1'));
    await waitFor(() => {
      expect(delivered).toHaveLength(1);
    });
    expect(delivered[0]?.spec).toMatchObject({
      path: '/api/v1/tasks/u1/revoke',
      body: { terminate: false, signal: 'SIGTERM' },
    });
    const doubt = Object.values(commands.state.doubts)[0];
    expect(doubt).toMatchObject({ phase: 'instant', target: 'u1', baseOffset: 4 });
    expect(show(row, doubt).task.state).toBe('REVOKED');
  });

  it('should not be there for a viewer, nor for a task that has ended', () => {
    const { store, show: draw } = bench();
    const { rerender } = draw(
      <RevokeButton shown={show({ ...row, state: 'SUCCESS' }, undefined)} />,
    );
    expect(screen.queryByTestId('revoke-u1')).toBeNull();
    rerender(<></>);
    cleanup();
    store.dispatch(identityLearned({ at: 'known', user: 'v', role: 'viewer' }));
    const viewer = bench();
    viewer.store.dispatch(identityLearned({ at: 'known', user: 'v', role: 'viewer' }));
    viewer.show(<RevokeButton shown={show(row, undefined)} />);
    expect(screen.queryByTestId('revoke-u1')).toBeNull();
  });
});

describe('the cells of the task grid', () => {
  const row = { uuid: '11111111-2222-4333-8444-555555555555', state: 'STARTED', offset: 4 };
  const draw = (cell: RevokeCell | StateCell | WhenCell, of: Services, task: Task) => {
    const doubt = selectDoubtOf(of.store.getState(), task.uuid);
    cell.init({ data: show(task, doubt), context: of } as never);
    return cell.getGui();
  };

  it('should revoke as the button does, be busy at once, and offer a viewer nothing', async () => {
    const { delivered, services, store } = bench();
    services.tasks.put(row);
    const cell = new RevokeCell();
    const button = draw(cell, services, row).querySelector('button');
    expect([button?.dataset['testid'], button?.textContent]).toEqual([
      `revoke-${row.uuid}`,
      'Revoke',
    ]);
    button?.click();
    await waitFor(() => {
      expect(delivered[0]?.spec.path).toBe(`/api/v1/tasks/${row.uuid}/revoke`);
    });
    const shown = show(row, selectDoubtOf(store.getState(), row.uuid));
    cell.refresh({ data: shown, context: services } as never);
    expect([button?.disabled, button?.textContent]).toEqual([true, 'revoking…']);
    const state = draw(new StateCell(), services, row);
    expect(state.textContent).toBe('REVOKEDsending');
    expect(state.querySelector('.spinner')).not.toBeNull();

    const ended = draw(new RevokeCell(), services, { ...row, uuid: 'x', state: 'FAILURE' });
    expect(ended.children).toHaveLength(0);
    store.dispatch(identityLearned({ at: 'known', user: 'v', role: 'viewer' }));
    expect(draw(new RevokeCell(), services, { ...row, uuid: 'y' }).children).toHaveLength(0);
  });

  it('should move with the time until the grid lets go of them', () => {
    vi.useFakeTimers();
    try {
      const cell = new WhenCell();
      const received = Date.now() / 1000;
      const element = draw(cell, bench().services, { ...row, received });
      vi.advanceTimersByTime(70_000);
      expect(element.textContent).toBe('1 min ago');
      fireEvent.mouseEnter(element);
      expect(element.title).toBe(formatExact(received, 'local'));
      cell.destroy();
      vi.advanceTimersByTime(600_000);
      expect(element.textContent).toBe('1 min ago');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('WorkersPage', () => {
  it('should show who lives, and shut down only after the name was typed', async () => {
    const { delivered, store, show: draw } = bench();
    store.dispatch(
      workersChanged([
        { hostname: 'celery@a', status: 'online', active: 1, pool: 4 },
        { hostname: 'celery@b', status: 'offline' },
      ]),
    );
    draw(<WorkersPage />);
    const cards = screen.getAllByTestId('worker-card');
    expect(cards.map((card) => card.dataset['status'])).toEqual(['online', 'offline']);
    fireEvent.click(screen.getAllByText('Shut down…')[0] as HTMLElement);
    const go = screen.getByRole('button', { name: 'Shut down' });
    expect(go).toHaveProperty('disabled', true);
    fireEvent.change(screen.getByLabelText('Type celery@a to go on'), {
      target: { value: 'celery@a' },
    });
    fireEvent.click(go);
    await waitFor(() => {
      expect(delivered[0]?.spec.path).toBe('/api/v1/workers/celery%40a/shutdown');
    });
    expect(screen.getAllByTestId('worker-card')[0]?.getAttribute('aria-busy')).toBe('true');
  });
});

describe('QueuesPage', () => {
  it('should show a queue paused at once and roll back with the reason', async () => {
    const { delivered, commands, store, show: draw } = bench();
    store.dispatch(queuesChanged([{ queue: 'media', depth: 12, unacked: 2 }]));
    draw(<QueuesPage />);
    fireEvent.click(screen.getByText('Pause'));
    await waitFor(() => {
      expect(screen.getByTestId('queue-card').dataset['paused']).toBe('true');
    });
    expect(screen.getByTestId('queue-card').getAttribute('aria-busy')).toBe('true');
    await act(async () => {
      delivered[0]?.answer({ commandId: 'c1' });
      await Promise.resolve();
    });
    act(() => {
      commands.onCommandUpdate({ commandId: 'c1', status: 'failed', reason: 'no-worker' });
    });
    expect(screen.getByTestId('queue-card').dataset['paused']).toBe('false');
  });
});

describe('GroupsPage', () => {
  it('should show at once what was asked for, and take it back', async () => {
    const { commands, delivered, services, store, show: draw } = bench();
    const failed = { uuid: 'm1', state: 'FAILURE', group_id: 'g', offset: 3 };
    services.tasks.put(failed);
    services.tasks.put({ uuid: 'other', state: 'FAILURE', group_id: 'h', offset: 4 });
    store.dispatch(
      groupsChanged([
        {
          group_id: 'g',
          total: 4,
          completed: 3,
          failed: 1,
          running: 1,
          percent: 75,
          changedAt: 1,
        },
      ]),
    );
    draw(<GroupsPage />);
    const bar = screen.getByTestId('group-progress');
    expect([bar.dataset['pending'], bar.getAttribute('aria-busy')]).toEqual(['0', 'false']);
    let accepted: Promise<unknown> = Promise.resolve();
    act(() => {
      ({ accepted } = commands.run(retryTasks([failed])));
    });
    expect([bar.dataset['pending'], bar.getAttribute('aria-busy')]).toEqual(['1', 'true']);
    expect(document.body.textContent).toContain('1 retry asked for');
    await act(async () => {
      delivered[0]?.refuse(new Error('limit reached'));
      await accepted.catch(() => undefined);
    });
    expect([bar.dataset['pending'], bar.getAttribute('aria-busy')]).toEqual(['0', 'false']);
  });
});

describe('openSession', () => {
  const answering = (status: number, detail = '') =>
    new Http('http://gateway', {
      fetch: () =>
        Promise.resolve(
          new Response(JSON.stringify({ user: 'ada', role: 'operator', csrfToken: 'c', detail }), {
            status,
            headers: { 'content-type': 'application/json' },
          }),
        ),
    });

  it('should keep who we are for all tabs, and offer nothing where commands are refused', async () => {
    localStorage.clear();
    expect(await openSession(answering(401, 'no token'))).toEqual({ at: 'signed-out', reason: '' });
    expect(await openSession(answering(401, 'expired'), 'a.b.c')).toEqual({
      at: 'signed-out',
      reason: 'expired',
    });
    const ada = { at: 'known', user: 'ada', role: 'operator' };
    expect(await openSession(answering(200), 'a.b.c')).toEqual(ada);
    expect(csrfHeader()).toEqual({ 'X-CSRF-Token': 'c' });
    expect(await openSession(answering(401))).toEqual(ada);
    forgetSession();
    expect(csrfHeader()).toEqual({});
    expect(await openSession(answering(403, 'X-CSRF-Token'))).toMatchObject({ role: 'viewer' });
  });
});

describe('DangerDialog', () => {
  it('should offer nothing when nothing fits', () => {
    const { show: draw } = bench();
    draw(
      <DangerDialog
        danger={{
          title: 'Retry 0 of 3',
          lines: ['3 have not ended'],
          typed: '0',
          action: 'Retry 0',
          isImpossible: true,
          run: () => undefined,
        }}
        onClose={() => undefined}
      />,
    );
    expect(screen.getByRole('button', { name: 'Retry 0' })).toHaveProperty('disabled', true);
  });
});

describe('Fetched', () => {
  it('should say plainly that the server does not offer something', () => {
    const { show: draw } = bench();
    draw(
      <Fetched answer={{ at: 'missing' }} what="The audit" onAgain={() => undefined}>
        {() => 'never'}
      </Fetched>,
    );
    expect(screen.getByRole('alert').textContent).toContain('The audit is not available');
  });
});

describe('GapBands', () => {
  it('should show what is missing and why', () => {
    const { store, show: draw } = bench();
    const now = Date.now() / 1000;
    store.dispatch(
      gapSeen({
        since: now - 9,
        until: now,
        worker: 'celery@a',
        kinds: ['task-started'],
        estimated: 40,
        reason: 'the broker was away',
        seenAt: now,
      }),
    );
    draw(<GapBands />);
    const text = screen.getByTestId('gap-band').textContent;
    expect(text).toContain('about 40 task-started missing of celery@a');
    expect(text).toContain('the broker was away');
  });
});

describe('useShortcuts', () => {
  it('should know single keys and pairs, and leave fields alone', () => {
    const log: string[] = [];
    function Keys() {
      useShortcuts({
        j: () => log.push('j'),
        t: () => log.push('t'),
        'g t': () => log.push('g t'),
      });
      return <input aria-label="field" />;
    }
    render(<Keys />);
    const press = (key: string, target: Element = document.body): void => {
      fireEvent.keyDown(target, { key });
    };
    press('j');
    press('g');
    press('t');
    press('j', screen.getByLabelText('field'));
    expect(log).toEqual(['j', 'g t']);
  });
});
