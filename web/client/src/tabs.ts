import { newId, systemTimers, type Timers } from './environment';
import { TabHub, type RawFrame } from './tabHub';
import type { Transport, TransportFactory, TransportListener } from './transport';

/** The part of `BroadcastChannel` that is used. */
export interface TabChannel {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** Runs `hold` while this tab, of all tabs, has the name; until `signal` or the promise ends it. */
export type HoldName = (
  name: string,
  signal: AbortSignal,
  hold: () => Promise<void>,
) => Promise<unknown>;

export interface SharedOptions {
  readonly name?: string;
  readonly timers?: Timers;
  readonly openChannel?: (name: string) => TabChannel;
  readonly holdName?: HoldName;
}

type Message =
  | { readonly say: 'hello' | 'bye'; readonly from: string }
  | { readonly say: 'up'; readonly from: string; readonly text: string }
  | { readonly say: 'leader' }
  | { readonly say: 'open'; readonly to: readonly string[]; readonly isBinary: boolean }
  | { readonly say: 'down'; readonly to: readonly string[]; readonly frame: RawFrame }
  | {
      readonly say: 'close';
      readonly to: readonly string[];
      readonly code: number;
      readonly reason: string;
    };

/** A leader that says nothing for so long is not there: this tab connects by itself. */
const ANSWER_WITHIN_MS = 4_000;
/** A tab that is silent for so long is gone; clients ping every 30 seconds. */
const SILENT_TAB_MS = 150_000;
const SWEEP_MS = 30_000;

/**
 * One connection for all tabs of a browser: the tab that holds the name has the transport and serves
 * the others over a broadcast channel. When it goes another takes the name, and every tab comes back
 * at its positions. Where the browser lacks what this needs, or no leader answers, the tab connects
 * by itself.
 */
export function sharedTransport(
  open: TransportFactory,
  options: SharedOptions = {},
): TransportFactory {
  const openChannel = options.openChannel ?? nativeChannel();
  const holdName = options.holdName ?? nativeLocks();
  if (!openChannel || !holdName) return open;
  const tab = new Tab(open, openChannel, holdName, options);
  return (listener) => tab.connect(listener);
}

/** This tab: a user of the hub, and its keeper while it leads. */
class Tab {
  private readonly id: string;
  private readonly name: string;
  private readonly timers: Timers;
  private channel: TabChannel | undefined;
  private hub: TabHub | undefined;
  private current: { readonly listener: TransportListener; isOpen: boolean } | undefined;
  private own: Transport | undefined;
  private readonly heard = new Map<string, number>();
  private cancelWait: () => void = () => undefined;
  private cancelSweep: () => void = () => undefined;

  constructor(
    private readonly open: TransportFactory,
    private readonly openChannel: (name: string) => TabChannel,
    private readonly holdName: HoldName,
    options: SharedOptions,
  ) {
    this.timers = options.timers ?? systemTimers;
    this.name = options.name ?? 'apfa-realtime';
    this.id = newId(this.timers);
  }

  connect(listener: TransportListener): Transport {
    this.start();
    this.own = undefined;
    const current = { listener, isOpen: false };
    this.current = current;
    this.cancelWait();
    this.cancelWait = this.timers.after(ANSWER_WITHIN_MS, () => {
      if (this.current !== current || current.isOpen || this.hub) return;
      // Nobody leads and the name is not free: do without.
      this.current = undefined;
      this.own = this.open(listener);
    });
    const transport: Transport = {
      name: 'tab',
      isBinary: true,
      send: (text) => {
        if (this.own) this.own.send(text);
        else if (this.current === current) this.up(text);
      },
      close: (code, reason) => {
        if (this.own) this.own.close(code, reason);
        if (this.current !== current) return;
        this.current = undefined;
        this.cancelWait();
        this.tellHub({ say: 'bye', from: this.id });
      },
    };
    this.tellHub({ say: 'hello', from: this.id });
    return transport;
  }

  private start(): void {
    if (this.channel) return;
    const channel = this.openChannel(this.name);
    this.channel = channel;
    channel.onmessage = ({ data }) => {
      this.onMessage(data as Message);
    };
    // Held until the page ends: then the browser gives the name to the next tab.
    void this.holdName(this.name, new AbortController().signal, () => {
      this.lead();
      return new Promise<void>(() => undefined);
    }).catch(() => undefined);
  }

  private lead(): void {
    this.hub = new TabHub(this.open, {
      onOpen: (to, isBinary) => {
        this.tellTabs({ say: 'open', to, isBinary });
      },
      onFrame: (to, frame) => {
        this.tellTabs({ say: 'down', to, frame });
      },
      onClose: (to, code, reason) => {
        this.tellTabs({ say: 'close', to, code, reason });
      },
    });
    this.sweep();
    // Tabs of an earlier leader have to come anew; this one, if it waits, is served at once.
    this.channel?.postMessage({ say: 'leader' } satisfies Message);
    if (this.current?.isOpen) this.closed(1006, 'the leading tab went away');
    else if (this.current) this.hub.attach(this.id);
  }

  private sweep(): void {
    this.cancelSweep();
    this.cancelSweep = this.timers.after(SWEEP_MS, () => {
      const limit = this.timers.now() - SILENT_TAB_MS;
      for (const [tab, at] of this.heard) {
        if (at > limit || tab === this.id) continue;
        this.heard.delete(tab);
        this.hub?.detach(tab);
      }
      this.sweep();
    });
  }

  private up(text: string): void {
    this.tellHub({ say: 'up', from: this.id, text });
  }

  private tellHub(message: Message): void {
    if (this.hub) this.onHubMessage(message);
    else this.channel?.postMessage(message);
  }

  private tellTabs(message: Extract<Message, { to: readonly string[] }>): void {
    const others = message.to.filter((tab) => tab !== this.id);
    if (others.length > 0) this.channel?.postMessage({ ...message, to: others });
    if (message.to.includes(this.id)) this.onTabMessage(message);
  }

  private onMessage(message: Message): void {
    switch (message.say) {
      case 'hello':
      case 'bye':
      case 'up':
        if (this.hub) this.onHubMessage(message);
        break;
      case 'leader':
        if (this.current?.isOpen) this.closed(1006, 'the leading tab went away');
        else if (this.current) this.tellHub({ say: 'hello', from: this.id });
        break;
      case 'open':
      case 'down':
      case 'close':
        if (message.to.includes(this.id)) this.onTabMessage(message);
        break;
      default:
        message satisfies never;
    }
  }

  private onHubMessage(message: Message): void {
    switch (message.say) {
      case 'hello':
        this.heard.set(message.from, this.timers.now());
        this.hub?.attach(message.from);
        break;
      case 'up':
        this.heard.set(message.from, this.timers.now());
        this.hub?.onTabFrame(message.from, message.text);
        break;
      case 'bye':
        this.heard.delete(message.from);
        this.hub?.detach(message.from);
        break;
      case 'leader':
      case 'open':
      case 'down':
      case 'close':
        break;
      default:
        message satisfies never;
    }
  }

  private onTabMessage(message: Extract<Message, { to: readonly string[] }>): void {
    const { current } = this;
    if (!current) return;
    switch (message.say) {
      case 'open': {
        if (current.isOpen) return;
        current.isOpen = true;
        this.cancelWait();
        const tab = (): Tab => this;
        current.listener.onOpen({
          name: 'tab',
          isBinary: message.isBinary,
          send: (text) => {
            if (tab().current === current) tab().up(text);
          },
          close: () => {
            if (tab().current !== current) return;
            tab().current = undefined;
            tab().tellHub({ say: 'bye', from: tab().id });
          },
        });
        break;
      }
      case 'down':
        if (typeof message.frame === 'string') current.listener.onText(message.frame);
        else current.listener.onBinary(message.frame);
        break;
      case 'close':
        this.closed(message.code, message.reason);
        break;
      default:
        message satisfies never;
    }
  }

  private closed(code: number, reason: string): void {
    const { current } = this;
    this.current = undefined;
    this.cancelWait();
    current?.listener.onClose(code, reason);
  }
}

function nativeChannel(): ((name: string) => TabChannel) | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  return (name) => new BroadcastChannel(name) as unknown as TabChannel;
}

function nativeLocks(): HoldName | undefined {
  if (typeof navigator === 'undefined' || !('locks' in navigator)) return undefined;
  return (name, signal, hold) => navigator.locks.request(name, { signal }, hold);
}
