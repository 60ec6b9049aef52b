import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RealtimeClient, type Task } from '../src/index';
import { FakeGateway } from './fakeGateway';
import { ManualPage, ManualTimers } from './manual';

type Step =
  | { readonly do: 'publish'; readonly uuid: number; readonly state: number }
  | { readonly do: 'lose'; readonly uuid: number; readonly state: number }
  | { readonly do: 'repeat' }
  | { readonly do: 'disconnect'; readonly code: number }
  | { readonly do: 'refuse' }
  | { readonly do: 'admit' }
  | { readonly do: 'trim' }
  | { readonly do: 'renew' }
  | { readonly do: 'mute' }
  | { readonly do: 'wait'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      uuid: fc.nat(9),
      state: fc.nat(99),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('lose' as const), uuid: fc.nat(9), state: fc.nat(99) }),
  },
  fc.constant({ do: 'repeat' as const }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('disconnect' as const),
      code: fc.constantFrom(1006, 3000, 3001, 3005),
    }),
  },
  fc.constant({ do: 'refuse' as const }),
  { weight: 2, arbitrary: fc.constant({ do: 'admit' as const }) },
  fc.constant({ do: 'trim' as const }),
  fc.constant({ do: 'renew' as const }),
  fc.constant({ do: 'mute' as const }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 5, 40, 400),
    }),
  },
);

/** A simulated network that loses frames, repeats them, disconnects and forgets. */
async function run(steps: readonly Step[], wish: 'all' | 'none'): Promise<void> {
  const timers = new ManualTimers();
  const gateway = new FakeGateway();
  for (let index = 0; index < 4; index += 1) gateway.append(`t${index}`, 'PENDING');
  const client = new RealtimeClient({
    baseUrl: 'http://gateway.test/',
    transports: [gateway.transport()],
    timers,
    page: new ManualPage(),
    fetch: gateway.fetch,
  });
  const view = new Map<string, Task>();
  let epoch = gateway.epoch;
  let last = 0;
  const load = (): void => {
    // What an application does: it reads the list anew by HTTP.
    view.clear();
    for (const task of gateway.tasks()) view.set(task.uuid, task);
    last = gateway.offset;
    epoch = gateway.epoch;
  };
  load();
  const room = client.room('celery:tasks', { position: `${epoch}:${last}`, snapshot: wish });
  room.on('batch', ({ updates, batch }) => {
    for (const update of updates) {
      if (update.type !== 'task_update') continue;
      const { data } = update;
      // Ordered, without a gap and without a duplicate: every row is the one after the last.
      if (batch.epoch === epoch) {
        if (data.offset <= last) {
          if (isReloaded) continue;
          throw new Error(`offset ${data.offset} after ${last}`);
        }
        if (data.offset !== last + 1) throw new Error(`offset ${data.offset} after ${last}: a gap`);
        last = data.offset;
      }
      view.set(data.uuid, data);
    }
  });
  let isReloaded = false;
  room.on('snapshot', ({ tasks, position }) => {
    view.clear();
    for (const task of tasks) view.set(task.uuid, task);
    epoch = position.epoch;
    last = position.offset;
    isReloaded = false;
  });
  room.on('discontinuity', () => {
    load();
    isReloaded = true;
  });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  client.start();
  await timers.advance(0);
  let renewals = 1;
  for (const each of steps) {
    switch (each.do) {
      case 'publish':
        gateway.publish([`t${each.uuid}`, `S${each.state}`]);
        break;
      case 'lose':
        gateway.append(`t${each.uuid}`, `S${each.state}`);
        break;
      case 'repeat': {
        const from = Math.max(1, gateway.offset - 2);
        for (const session of gateway.sessions) {
          if (session.rooms.has('celery:tasks') && from >= gateway.firstKept) {
            gateway.sendBatch(session, from, gateway.offset, gateway.updatesAfter(from - 1), false);
          }
        }
        break;
      }
      case 'disconnect':
        gateway.sessions.at(-1)?.close(each.code, each.code === 3000 ? '1500' : '');
        break;
      case 'refuse':
        gateway.accepts = false;
        break;
      case 'admit':
        gateway.accepts = true;
        break;
      case 'trim':
        gateway.trimTo(gateway.offset);
        break;
      case 'renew':
        gateway.renew(`e${(renewals += 1)}`);
        break;
      case 'mute':
        gateway.answersPings = false;
        break;
      case 'wait':
        await timers.advance(each.seconds * 1_000);
        break;
    }
    await timers.advance(10);
  }
  gateway.accepts = true;
  gateway.answersPings = true;
  await timers.advance(120_000);
  // A live stream notices a lost last frame with the next one.
  gateway.publish(['end', 'SUCCESS']);
  await timers.advance(10_000);
  client.stop();
  if (errors.length > 0) throw errors[0];
  const mine = new Map([...view].map(([uuid, task]) => [uuid, task.state]));
  expect(Object.fromEntries([...mine].sort())).toEqual(
    Object.fromEntries([...gateway.view()].sort()),
  );
}

describe('a lossy, disconnecting, forgetful network', () => {
  it('should leave the application with the room’s own view, with snapshots', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => run(steps, 'all')),
      { numRuns: 150 },
    );
  }, 60_000);

  it('should leave the application with the room’s own view, reading lists anew', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => run(steps, 'none')),
      { numRuns: 150 },
    );
  }, 60_000);
});
