import { describe, expect, it } from 'vitest';
import { RealtimeClient, sharedTransport, type HoldName, type TabChannel } from '../src/index';
import { FakeGateway } from './fakeGateway';
import { ManualPage, ManualTimers, settle } from './manual';

/** The channels and locks of one browser. */
class FakeBrowser {
  private readonly channels = new Set<TabChannel>();
  private holder: object | undefined;
  private waiting: { readonly tab: object; readonly hold: () => Promise<void> }[] = [];

  openChannel = (): TabChannel => {
    const channel: TabChannel = {
      onmessage: null,
      postMessage: (message) => {
        const copy: unknown = structuredClone(message);
        queueMicrotask(() => {
          for (const other of this.channels)
            if (other !== channel) other.onmessage?.({ data: copy });
        });
      },
      close: () => this.channels.delete(channel),
    };
    this.channels.add(channel);
    return channel;
  };

  locksOf(tab: object): HoldName {
    return (_name, _signal, hold) => {
      this.waiting.push({ tab, hold });
      queueMicrotask(() => {
        this.grant();
      });
      return new Promise(() => undefined);
    };
  }

  private grant(): void {
    if (this.holder) return;
    const next = this.waiting.shift();
    if (!next) return;
    this.holder = next.tab;
    void next.hold();
  }

  /** The tab is closed: its channel falls silent and the browser passes its locks on. */
  closeTab(tab: object, channel: TabChannel): void {
    this.channels.delete(channel);
    channel.onmessage = null;
    this.waiting = this.waiting.filter((each) => each.tab !== tab);
    if (this.holder !== tab) return;
    this.holder = undefined;
    this.grant();
  }
}

function makeTab(browser: FakeBrowser, gateway: FakeGateway, timers: ManualTimers) {
  const tab = {};
  let channel: TabChannel | undefined;
  const client = new RealtimeClient({
    baseUrl: 'http://gateway.test/',
    transports: [
      sharedTransport(gateway.transport(), {
        timers,
        openChannel: () => (channel = browser.openChannel()),
        holdName: browser.locksOf(tab),
      }),
    ],
    timers,
    page: new ManualPage(),
    fetch: gateway.fetch,
  });
  const seen: number[] = [];
  const events: string[] = [];
  const follow = (position?: string): void => {
    const room = client.room('celery:tasks', position === undefined ? {} : { position });
    room.on('task_update', (task) => seen.push(task.offset));
    room.on('discontinuity', () => events.push('discontinuity'));
  };
  client.start();
  return {
    client,
    seen,
    events,
    follow,
    close: () => {
      if (channel) browser.closeTab(tab, channel);
    },
  };
}

describe('sharedTransport', () => {
  it('should serve two tabs by one connection, each its own stream and answers', async () => {
    const [browser, gateway, timers] = [new FakeBrowser(), new FakeGateway(), new ManualTimers()];
    const one = makeTab(browser, gateway, timers);
    one.follow('e1:0');
    await settle();
    gateway.publish(['a', 'PENDING']);
    await settle();
    const two = makeTab(browser, gateway, timers);
    two.follow('e1:0');
    await settle();
    gateway.publish(['a', 'STARTED']);
    await settle();
    expect(gateway.attempts).toBe(1);
    expect(gateway.sessions).toHaveLength(1);
    expect(one.seen).toEqual([1, 2]);
    expect(two.seen).toEqual([1, 2]);
    await expect(two.client.send('celery.revoke', {}, { msgId: 'm2' })).resolves.toEqual({
      commandId: 'c-m2',
    });
    expect([one.client.link.state, two.client.link.state]).toEqual(['live', 'live']);
  });

  it('should answer each of two tabs that join at the same moment at its own position', async () => {
    const [browser, gateway, timers] = [new FakeBrowser(), new FakeGateway(), new ManualTimers()];
    for (const state of ['PENDING', 'RECEIVED', 'STARTED']) gateway.append('a', state);
    const one = makeTab(browser, gateway, timers);
    one.follow('e1:2');
    const two = makeTab(browser, gateway, timers);
    two.follow('e1:0');
    await settle();
    gateway.publish(['a', 'SUCCESS']);
    await settle();
    expect(one.seen).toEqual([3, 4]);
    expect(two.seen).toEqual([1, 2, 3, 4]);
    expect([...one.events, ...two.events]).toEqual([]);
  });

  it('should go back further than its memory for a tab that needs it', async () => {
    const [browser, gateway, timers] = [new FakeBrowser(), new FakeGateway(), new ManualTimers()];
    gateway.append('a', 'PENDING');
    gateway.append('a', 'STARTED');
    const one = makeTab(browser, gateway, timers);
    one.follow('e1:2');
    await settle();
    const two = makeTab(browser, gateway, timers);
    two.follow('e1:0');
    await settle();
    gateway.publish(['a', 'SUCCESS']);
    await settle();
    expect(one.seen).toEqual([3]);
    expect(two.seen).toEqual([1, 2, 3]);
  });

  it('should pass the lead on when the leading tab is closed, without a loss', async () => {
    const [browser, gateway, timers] = [new FakeBrowser(), new FakeGateway(), new ManualTimers()];
    const one = makeTab(browser, gateway, timers);
    one.follow('e1:0');
    await settle();
    const two = makeTab(browser, gateway, timers);
    two.follow('e1:0');
    await settle();
    gateway.publish(['a', 'PENDING']);
    await settle();
    one.close();
    gateway.publish(['a', 'STARTED']);
    await timers.advance(1_500);
    gateway.publish(['a', 'SUCCESS']);
    await settle();
    expect(two.seen).toEqual([1, 2, 3]);
    expect(two.events).toEqual([]);
    expect(two.client.link.state).toBe('live');
    expect(gateway.attempts).toBe(2);
  });

  it('should bring all tabs back after the shared connection was lost', async () => {
    const [browser, gateway, timers] = [new FakeBrowser(), new FakeGateway(), new ManualTimers()];
    const one = makeTab(browser, gateway, timers);
    one.follow('e1:0');
    const two = makeTab(browser, gateway, timers);
    two.follow('e1:0');
    await settle();
    gateway.open.close(1006);
    gateway.publish(['a', 'PENDING']);
    await timers.advance(1_500);
    expect([one.seen, two.seen]).toEqual([[1], [1]]);
    expect(gateway.attempts).toBe(2);
  });

  it('should do without a leader that does not answer', async () => {
    const [gateway, timers] = [new FakeGateway(), new ManualTimers()];
    const silent: TabChannel = {
      onmessage: null,
      postMessage: () => undefined,
      close: () => undefined,
    };
    const client = new RealtimeClient({
      baseUrl: 'http://gateway.test/',
      transports: [
        sharedTransport(gateway.transport(), {
          timers,
          openChannel: () => silent,
          holdName: () => new Promise(() => undefined),
        }),
      ],
      timers,
      page: new ManualPage(),
      fetch: gateway.fetch,
    });
    client.start();
    await timers.advance(4_100);
    expect(client.link.state).toBe('live');
  });

  it('should be the transport itself where the browser lacks what it needs', () => {
    const open = new FakeGateway().transport();
    expect(typeof navigator === 'undefined' || !('locks' in navigator)).toBe(true);
    expect(sharedTransport(open)).toBe(open);
  });
});
