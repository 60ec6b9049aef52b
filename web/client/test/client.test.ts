import { describe, expect, it } from 'vitest';
import { RealtimeClient, type ClientOptions, type LinkStatus, type Update } from '../src/index';
import { FakeGateway } from './fakeGateway';
import { ManualPage, ManualTimers, settle } from './manual';

async function start(options: Partial<ClientOptions> = {}, gateway = new FakeGateway()) {
  const timers = new ManualTimers();
  const page = new ManualPage();
  const client = new RealtimeClient({
    baseUrl: 'http://gateway.test/',
    transports: [gateway.transport()],
    timers,
    page,
    fetch: gateway.fetch,
    ...options,
  });
  const states: LinkStatus[] = [];
  client.on('status', (status) => states.push(status));
  client.start();
  await settle();
  return { timers, page, client, gateway, states };
}

async function follow(client: RealtimeClient, position?: string) {
  const room = client.room('celery:tasks', position === undefined ? {} : { position });
  const seen: number[] = [];
  const events: string[] = [];
  room.on('task_update', (task) => seen.push(task.offset));
  room.on('discontinuity', () => events.push('discontinuity'));
  room.on('recovering', () => events.push('recovering'));
  room.on('live', () => events.push('live'));
  await settle();
  return { room, seen, events };
}

describe('RealtimeClient', () => {
  it('should join at the position of the list, so that nothing is missed between', async () => {
    const gateway = new FakeGateway();
    gateway.append('a', 'PENDING');
    gateway.append('a', 'STARTED');
    const { client } = await start({}, gateway);
    const { seen } = await follow(client, 'e1:1');
    expect(seen).toEqual([2]);
    gateway.publish(['a', 'SUCCESS']);
    expect(seen).toEqual([2, 3]);
    expect(client.link.state).toBe('live');
  });

  it('should ask for msgpack on a binary transport and json elsewhere', async () => {
    const gateway = new FakeGateway();
    const { client } = await start(
      { transports: [gateway.transport({ isBinary: false })] },
      gateway,
    );
    const { seen } = await follow(client);
    gateway.publish(['a', 'PENDING']);
    expect(seen).toEqual([1]);
    expect(gateway.open.rooms.get('celery:tasks')?.encoding).toBe('json');
  });

  it('should recover what was missed while the connection was lost', async () => {
    const { client, gateway, timers, states } = await start();
    const { seen, events } = await follow(client);
    gateway.publish(['a', 'PENDING']);
    gateway.open.close(1006);
    expect(client.link.state).toBe('recovering');
    gateway.publish(['a', 'STARTED'], ['a', 'SUCCESS']);
    await timers.advance(1_000);
    expect(seen).toEqual([1, 2, 3]);
    expect(events).not.toContain('discontinuity');
    expect(states.map((status) => status.state)).toContain('live');
    expect(client.link.state).toBe('live');
  });

  it('should say discontinuity when the log was trimmed meanwhile', async () => {
    const { client, gateway, timers } = await start();
    const { seen, events, room } = await follow(client);
    gateway.publish(['a', 'PENDING']);
    gateway.open.close(1006);
    gateway.publish(['a', 'STARTED'], ['b', 'PENDING']);
    gateway.trimTo(3);
    await timers.advance(1_000);
    expect(events).toContain('discontinuity');
    expect(room.position).toBe('e1:3');
    gateway.publish(['b', 'STARTED']);
    expect(seen).toEqual([1, 4]);
  });

  it('should leave and join the room again at its position when a frame was lost', async () => {
    const { client, gateway } = await start();
    const { seen, events } = await follow(client);
    gateway.publish(['a', 'PENDING']);
    gateway.append('a', 'STARTED');
    gateway.publish(['a', 'SUCCESS']);
    await settle();
    expect(events).toContain('recovering');
    expect(seen).toEqual([1, 2, 3]);
    const types = gateway.open.received.map((frame) => frame['type']);
    expect(types).toEqual(['register', 'unregister', 'register']);
  });

  it('should reproduce the reconnect timetable of the specification, then poll', async () => {
    const gateway = new FakeGateway();
    gateway.accepts = false;
    const { client, timers } = await start({}, gateway);
    const at: number[] = [];
    let attempts = gateway.attempts;
    for (let second = 0; second <= 303; second += 1) {
      if (gateway.attempts > attempts) at.push(second);
      attempts = gateway.attempts;
      if (second < 303) await timers.advance(1_000);
    }
    expect(at).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243, 303]);
    expect(client.link.state).toBe('polling');
  });

  it('should follow the room by polling at its position and go back up without a loss', async () => {
    const { client, gateway, timers } = await start();
    const { seen, events } = await follow(client);
    gateway.publish(['a', 'PENDING']);
    gateway.accepts = false;
    gateway.open.close(1006);
    await timers.advance(310_000);
    expect(client.link.state).toBe('polling');
    gateway.append('a', 'STARTED');
    await timers.advance(5_000);
    expect(seen).toEqual([1, 2]);
    gateway.append('a', 'SUCCESS');
    gateway.accepts = true;
    await timers.advance(61_000);
    expect(client.link.state).toBe('live');
    gateway.publish(['b', 'PENDING']);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(events).not.toContain('discontinuity');
  });

  it('should say offline when polling is not answered either', async () => {
    const { client, gateway, timers } = await start({
      fetch: () => Promise.reject(new Error('no route')),
    });
    await follow(client);
    gateway.accepts = false;
    gateway.open.close(1006);
    await timers.advance(310_000);
    expect(client.link).toMatchObject({ state: 'offline', reason: 'the server does not answer' });
  });

  it('should wait as long as a server that drains assigned', async () => {
    const { gateway, timers } = await start();
    gateway.open.close(3000, '7000');
    const before = gateway.attempts;
    await timers.advance(6_900);
    expect(gateway.attempts).toBe(before);
    await timers.advance(200);
    expect(gateway.attempts).toBe(before + 1);
  });

  it('should read the code from the err frame where the transport carries none', async () => {
    const { client, gateway } = await start();
    gateway.open.text({
      type: 'err',
      failureCode: 3500,
      failureType: 'DISCONNECT',
      message: 'unauthorized',
    });
    gateway.open.close(1000, 'Go away!');
    expect(client.link).toMatchObject({ state: 'offline', reason: 'unauthorized' });
  });

  it.each([3500, 3501, 3502, 3503, 3504])('should not come back after %i', async (code) => {
    const { client, gateway, timers } = await start();
    gateway.open.close(code);
    const before = gateway.attempts;
    await timers.advance(600_000);
    expect(gateway.attempts).toBe(before);
    expect(client.link.state).toBe('offline');
  });

  it('should keep the backoff while connections do not last two seconds', async () => {
    const { gateway, timers } = await start();
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await timers.advance(1_500);
      const lostAt = timers.ticks();
      gateway.open.close(1006);
      const before = gateway.attempts;
      while (gateway.attempts === before) await timers.advance(500);
      waits.push((timers.ticks() - lostAt) / 1_000);
    }
    expect(waits).toEqual([1, 2, 4]);
    await timers.advance(2_500);
    const lostAt = timers.ticks();
    gateway.open.close(1006);
    const before = gateway.attempts;
    while (gateway.attempts === before) await timers.advance(500);
    expect((timers.ticks() - lostAt) / 1_000).toBe(1);
  });

  it('should notice a dead link and come back by the timetable', async () => {
    const { client, gateway, timers } = await start();
    gateway.answersPings = false;
    await timers.advance(44_900);
    expect(client.link.state).toBe('live');
    await timers.advance(200);
    expect(client.link.state).toBe('recovering');
    await timers.advance(1_000);
    expect(client.link.state).toBe('live');
  });

  it('should not reconnect after the application stopped it', async () => {
    const { client, gateway, timers } = await start();
    client.stop();
    const before = gateway.attempts;
    await timers.advance(400_000);
    expect(gateway.attempts).toBe(before);
    expect(timers.pendingCount).toBe(0);
  });

  it('should come back at once when the network is back', async () => {
    const { client, gateway, timers, page } = await start();
    page.set({ online: false });
    gateway.accepts = false;
    gateway.open.close(1006);
    expect(client.link).toMatchObject({ state: 'offline', reason: 'this device has no network' });
    await timers.advance(20_000);
    gateway.accepts = true;
    page.set({ online: true });
    await settle();
    expect(client.link.state).toBe('live');
  });

  it('should come back within seconds each time when the network drops every ten seconds', async () => {
    const { client, gateway, timers } = await start();
    for (let drop = 0; drop < 12; drop += 1) {
      gateway.accepts = false;
      gateway.open.close(1006);
      await timers.advance(2_000);
      gateway.accepts = true;
      await timers.advance(4_000);
      expect(client.link.state).toBe('live');
      await timers.advance(4_000);
    }
  });

  it('should reconnect soon after the machine slept', async () => {
    const { client, gateway, timers } = await start();
    gateway.answersPings = false;
    await timers.advance(2_000);
    await timers.sleep(3_600_000);
    expect(client.link.state).toBe('live');
    gateway.answersPings = true;
    const before = gateway.attempts;
    await timers.advance(6_100);
    expect(gateway.attempts).toBe(before + 1);
    expect(client.link.state).toBe('live');
  });

  it('should take the next transport in the same attempt when the first never opened', async () => {
    const blocked = new FakeGateway();
    blocked.accepts = false;
    const gateway = new FakeGateway();
    const { client } = await start({
      transports: [blocked.transport(), gateway.transport({ name: 'sockjs', isBinary: false })],
    });
    await settle();
    expect(client.link).toMatchObject({ state: 'live', reason: 'connected by SockJS' });
    expect(blocked.attempts).toBe(1);
  });

  it('should give up a transport that does not open in ten seconds', async () => {
    const gateway = new FakeGateway();
    const { client, timers } = await start({
      transports: [
        () => ({
          name: 'websocket',
          isBinary: true,
          send: () => undefined,
          close: () => undefined,
        }),
        gateway.transport({ name: 'sockjs' }),
      ],
    });
    await timers.advance(10_000);
    expect(client.link.reason).toBe('connected by SockJS');
  });

  it('should share one registration and keep it for a moment after the last left', async () => {
    const { client, gateway, timers } = await start();
    const one = await follow(client);
    const two = await follow(client);
    gateway.publish(['a', 'PENDING']);
    expect([one.seen, two.seen]).toEqual([[1], [1]]);
    one.room.close();
    two.room.close();
    await timers.advance(1_000);
    const three = await follow(client);
    await timers.advance(5_000);
    gateway.publish(['a', 'STARTED']);
    expect(three.seen).toEqual([2]);
    expect(gateway.open.received.filter((frame) => frame['type'] === 'register')).toHaveLength(1);
    three.room.close();
    await timers.advance(2_000);
    expect(gateway.open.received.at(-1)).toEqual({ type: 'unregister', address: 'celery:tasks' });
  });

  it('should rewind for a later subscriber without telling the others twice', async () => {
    const { client, gateway } = await start();
    const one = await follow(client, 'e1:0');
    gateway.publish(['a', 'PENDING']);
    gateway.publish(['a', 'STARTED']);
    const two = await follow(client, 'e1:1');
    gateway.publish(['a', 'SUCCESS']);
    expect(one.seen).toEqual([1, 2, 3]);
    expect(two.seen).toEqual([2, 3]);
  });

  it('should let a listener that throws stop no other', async () => {
    const { client, gateway } = await start();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    const room = client.room('celery:tasks');
    await settle();
    const seen: Update[] = [];
    room.on('task_update', () => {
      throw new Error('mine');
    });
    room.onAny((update) => seen.push(update));
    gateway.publish(['a', 'PENDING']);
    expect(seen).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it('should register again with a fresh token after 3006', async () => {
    const asked: boolean[] = [];
    const gateway = new FakeGateway();
    const { client, timers } = await start(
      { token: (isFresh) => (asked.push(isFresh), `t${asked.length}`) },
      gateway,
    );
    await follow(client);
    gateway.open.close(3006);
    await timers.advance(1_100);
    expect(asked).toEqual([false, true]);
    const register = gateway.open.received.find((frame) => frame['type'] === 'register');
    expect(register?.['headers']).toMatchObject({ Authorization: 'Bearer t2' });
  });

  it('should answer sends and tell rooms that are refused', async () => {
    const { client, gateway } = await start();
    await expect(client.send('celery.revoke', { uuid: 'u' }, { msgId: 'm' })).resolves.toEqual({
      commandId: 'c-m',
    });
    const refused: number[] = [];
    client.room('celery:commands').on('refused', ({ code }) => refused.push(code));
    gateway.open.text({
      type: 'err',
      address: 'celery:commands',
      failureCode: 403,
      failureType: 'FORBIDDEN',
      message: '',
    });
    expect(refused).toEqual([403]);
    expect(client.link.state).toBe('live');
  });

  it('should report its lag with its pings', async () => {
    const { client, gateway, timers } = await start();
    await follow(client);
    gateway.publish(['a', 'PENDING']);
    expect(client.lagMs).toBe(timers.now() - 1_700_000_000_000);
    await timers.advance(30_000);
    expect(gateway.open.received.at(-1)).toMatchObject({ type: 'ping', lag: 0 });
  });
});
