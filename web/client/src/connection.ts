import { Backoff, DEFAULT_BACKOFF, type BackoffOptions } from './backoff';
import { adviceFor, wordsFor } from './closeCodes';
import { decodeBinary, decodeText, type BinaryOptions, type DecoderOfRoom } from './decode';
import type { PageSignals, Timers } from './environment';
import { DEFAULT_HEARTBEAT, Heartbeat, type HeartbeatOptions } from './heartbeat';
import { Inbox } from './inbox';
import type { Transport, TransportFactory, TransportName } from './transport';
import type { ServerFrame } from './types';

/** Where the connection stands. `since` is epoch milliseconds. */
export type ConnectionPhase =
  | { readonly at: 'stopped'; readonly reason: string; readonly isFatal: boolean }
  | { readonly at: 'connecting'; readonly attempt: number }
  | { readonly at: 'open'; readonly transport: TransportName }
  | {
      readonly at: 'waiting';
      readonly reason: string;
      readonly attempt: number;
      readonly untilMs: number;
    }
  | { readonly at: 'polling'; readonly reason: string };

export interface ConnectionEvents {
  onPhase(phase: ConnectionPhase): void;
  onOpen(transport: Transport): void;
  onFrame(frame: ServerFrame): void;
  /** An open connection ended after so long; `code` 4000 and above are our own decisions. */
  onLost(code: number, openMs: number): void;
  /** The server says the login expired: the next handshake needs a fresh one. */
  onTokenExpired(): void;
  onFrameError(error: unknown): void;
  onRoundTrip(ms: number): void;
  onMissedPong(): void;
}

export interface ConnectionOptions {
  /** Tried in this order; a later one only when the one before cannot open. */
  readonly transports: readonly TransportFactory[];
  readonly timers: Timers;
  readonly page: PageSignals;
  readonly decoderOf: DecoderOfRoom;
  readonly binary?: BinaryOptions;
  readonly backoff?: BackoffOptions;
  readonly heartbeat?: HeartbeatOptions;
  /** A transport that has not opened after this long has failed. */
  readonly connectTimeoutMs?: number;
  /** The timetable starts over only after the connection was well for this long. Default 2,000 ms. */
  readonly healthyAfterMs?: number;
  /** Whether a ping carries the lag of the latest batch, in milliseconds. */
  readonly lagMs?: () => number | undefined;
}

/** Our own close codes, never sent by a server. */
const HEARTBEAT_LOST = 4000;
const CONNECT_TIMEOUT = 4001;
const GIVEN_UP = 4002;

const WAKE_TICK_MS = 5_000;
/** A tick this late means the machine slept. */
const WAKE_LATE_MS = 15_000;
/** Connections shorter than this count as frequent disconnects. */
const SHORT_CONNECTION_MS = 60_000;
/** Long enough for a server that takes a connection only to end it; a network may drop it each ten seconds. */
const HEALTHY_AFTER_MS = 2_000;
/** How long the connection stays with polling once it was judged too unsteady. */
const DEMOTED_MS = 300_000;

/**
 * One session's link to the gateway: opens a transport, keeps it alive, and comes back by the
 * timetable when it is lost; after ten failed attempts it says `polling` and goes on looking for a
 * transport once a minute. One state at a time; everything that waits is one timer.
 */
export class Connection {
  private phaseNow: ConnectionPhase = { at: 'stopped', reason: 'not started', isFatal: false };
  private readonly backoff: Backoff;
  private readonly heartbeat: Heartbeat;
  private readonly timers: Timers;
  private current: { transport: Transport; inbox: Inbox<ServerFrame>; id: number } | undefined;
  private attemptId = 0;
  private cancelTimer: () => void = () => undefined;
  private cancelHealthy: () => void = () => undefined;
  private cancelWakeTick: () => void = () => undefined;
  private stopListening: () => void = () => undefined;
  private openedTicks = 0;
  private lastInboundTicks = 0;
  private hasOpened = new Set<number>();
  private announced: { code: number; message: string } | undefined;
  private isPollingWanted = false;
  private pollingReason = '';
  private pingSentTicks: number | undefined;
  private shortInARow = 0;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.timers = options.timers;
    this.backoff = new Backoff(() => this.timers.random(), options.backoff ?? DEFAULT_BACKOFF);
    this.heartbeat = new Heartbeat(
      this.timers,
      () => {
        this.sendPing();
      },
      () => {
        this.current?.transport.close(1000, 'heartbeat lost');
        this.onLost(HEARTBEAT_LOST, '');
      },
      options.heartbeat ?? DEFAULT_HEARTBEAT,
    );
  }

  get phase(): ConnectionPhase {
    return this.phaseNow;
  }

  get heartbeatIntervalMs(): number {
    return this.heartbeat.currentIntervalMs;
  }

  start(): void {
    if (this.phaseNow.at !== 'stopped') return;
    this.backoff.reset();
    this.isPollingWanted = false;
    this.stopListening = this.options.page.onChange(() => {
      this.onPageChange();
    });
    this.watchForSleep();
    this.attempt();
  }

  /** Ends the connection because the application asked for it: no reconnect follows. */
  stop(reason = 'stopped by the application'): void {
    this.end(reason, false);
  }

  /** Sends text if the transport is open; whether it was. */
  send(text: string): boolean {
    if (this.phaseNow.at !== 'open' || !this.current) return false;
    this.current.transport.send(text);
    return true;
  }

  /** Tries now instead of when the timetable says. */
  reconnectNow(): void {
    if (this.phaseNow.at === 'waiting' || this.phaseNow.at === 'polling') this.attempt();
  }

  /** Gives the transport up for polling, for a while: it was too unsteady. */
  usePolling(reason: string): void {
    if (this.phaseNow.at === 'stopped') return;
    this.dropTransport(GIVEN_UP);
    this.isPollingWanted = true;
    this.pollingReason = reason;
    this.poll(DEMOTED_MS);
  }

  private attempt(): void {
    this.dropTransport(GIVEN_UP);
    if (!this.isPollingWanted) {
      this.moveTo({ at: 'connecting', attempt: this.backoff.attempt });
    }
    this.tryTransport(0);
  }

  private tryTransport(index: number): void {
    const factory = this.options.transports[index];
    if (!factory) {
      this.onAttemptFailed('no transport could be opened');
      return;
    }
    const id = ++this.attemptId;
    this.announced = undefined;
    const inbox = new Inbox<ServerFrame>(
      (frame) => {
        this.onFrame(frame);
      },
      (error) => {
        this.events.onFrameError(error);
      },
    );
    let isOpen = false;
    const failed = (code: number, reason: string): void => {
      if (id !== this.attemptId) return;
      this.cancelTimer();
      this.current = undefined;
      const advice = adviceFor(code, reason);
      if (advice.action === 'stop') this.end(wordsFor(code), true);
      else if (this.mayTryNext(index)) this.tryTransport(index + 1);
      else this.onAttemptFailed(wordsFor(code));
    };
    this.cancelTimer();
    this.cancelTimer = this.timers.after(this.options.connectTimeoutMs ?? 10_000, () => {
      this.current?.transport.close(1000, 'connect timeout');
      failed(CONNECT_TIMEOUT, '');
    });
    let transport: Transport;
    try {
      transport = factory({
        onOpen: (opened) => {
          if (id !== this.attemptId) return;
          isOpen = true;
          this.hasOpened.add(index);
          this.onOpen(opened, inbox, id);
        },
        onText: (text) => {
          if (id !== this.attemptId) return;
          this.onInbound();
          inbox.push(() => decodeText(text));
        },
        onBinary: (bytes) => {
          if (id !== this.attemptId) return;
          this.onInbound();
          inbox.push(() => decodeBinary(bytes, this.options.decoderOf, this.options.binary));
        },
        onClose: (code, reason) => {
          if (id !== this.attemptId) return;
          if (isOpen) this.onLost(code, reason);
          else failed(code, reason);
        },
      });
    } catch {
      failed(CONNECT_TIMEOUT, '');
      return;
    }
    if (id === this.attemptId && !isOpen) this.current = { transport, inbox, id };
  }

  /** A transport that worked before gets two more tries before a lesser one is taken. */
  private mayTryNext(index: number): boolean {
    if (index + 1 >= this.options.transports.length) return false;
    return !this.hasOpened.has(index) || this.backoff.attempt >= 3;
  }

  private onOpen(transport: Transport, inbox: Inbox<ServerFrame>, id: number): void {
    this.cancelTimer();
    this.current = { transport, inbox, id };
    this.openedTicks = this.timers.ticks();
    this.lastInboundTicks = this.openedTicks;
    this.isPollingWanted = false;
    this.heartbeat.start();
    this.cancelHealthy = this.timers.after(this.options.healthyAfterMs ?? HEALTHY_AFTER_MS, () => {
      this.backoff.reset();
      this.cancelHealthy = this.timers.after(SHORT_CONNECTION_MS, () => {
        this.heartbeat.restoreInterval();
        this.shortInARow = 0;
      });
    });
    this.moveTo({ at: 'open', transport: transport.name });
    this.events.onOpen(transport);
  }

  private onInbound(): void {
    this.lastInboundTicks = this.timers.ticks();
    this.heartbeat.onInbound();
  }

  private onFrame(frame: ServerFrame): void {
    if (frame.kind === 'pong' && this.pingSentTicks !== undefined) {
      this.events.onRoundTrip(this.timers.ticks() - this.pingSentTicks);
      this.pingSentTicks = undefined;
    }
    if (frame.kind === 'failure' && frame.type === 'DISCONNECT') {
      // SockJS transports cannot carry a close code: this frame says it before.
      this.announced = { code: frame.code, message: frame.message };
    }
    this.events.onFrame(frame);
  }

  private onLost(code: number, reason: string): void {
    const said = this.announced;
    const openMs = this.timers.ticks() - this.openedTicks;
    this.dropTransport(undefined);
    const at = said ?? { code, message: reason };
    const advice = adviceFor(at.code, at.message);
    this.shortInARow = openMs < SHORT_CONNECTION_MS ? this.shortInARow + 1 : 0;
    if (this.shortInARow >= 2) this.heartbeat.halveInterval();
    this.events.onLost(at.code, openMs);
    if (this.phaseNow.at === 'stopped' || this.phaseNow.at === 'polling') return;
    if (advice.action === 'stop') {
      this.end(at.message && !/^\d+$/.test(at.message) ? at.message : wordsFor(at.code), true);
      return;
    }
    if (advice.refreshToken) this.events.onTokenExpired();
    this.wait(wordsFor(at.code), advice.delayMs);
  }

  private onAttemptFailed(reason: string): void {
    if (this.isPollingWanted) this.poll(this.backoff.steadyDelayMs());
    else this.wait(reason, undefined);
  }

  private wait(reason: string, assignedMs: number | undefined): void {
    if (this.backoff.isExhausted) {
      this.isPollingWanted = true;
      this.pollingReason = reason;
      this.poll(this.backoff.steadyDelayMs());
      return;
    }
    const attempt = this.backoff.attempt + 1;
    const planned = this.backoff.nextDelayMs();
    // A server that goes away spreads its clients itself; jitter of ours would only disturb that.
    const delayMs = assignedMs ?? planned;
    this.moveTo({ at: 'waiting', reason, attempt, untilMs: this.timers.now() + delayMs });
    this.cancelTimer();
    this.cancelTimer = this.timers.after(delayMs, () => {
      this.attempt();
    });
  }

  private poll(lookAgainMs: number): void {
    this.moveTo({ at: 'polling', reason: this.pollingReason });
    this.cancelTimer();
    this.cancelTimer = this.timers.after(lookAgainMs, () => {
      this.attempt();
    });
  }

  private end(reason: string, isFatal: boolean): void {
    if (this.phaseNow.at === 'stopped') return;
    this.cancelTimer();
    this.cancelWakeTick();
    this.stopListening();
    this.dropTransport(1000);
    this.moveTo({ at: 'stopped', reason, isFatal });
  }

  private dropTransport(code: number | undefined): void {
    this.attemptId += 1;
    this.cancelTimer();
    this.cancelHealthy();
    this.heartbeat.stop();
    this.pingSentTicks = undefined;
    const { current } = this;
    this.current = undefined;
    if (!current) return;
    current.inbox.close();
    if (code !== undefined) current.transport.close(1000, '');
  }

  private sendPing(): void {
    // An earlier ping without its pong was missed.
    if (this.pingSentTicks !== undefined) this.events.onMissedPong();
    this.pingSentTicks = this.timers.ticks();
    const lag = this.options.lagMs?.();
    const ping: Record<string, unknown> = { type: 'ping', timestamp: this.timers.now() };
    if (lag !== undefined) ping['lag'] = Math.round(lag);
    this.send(JSON.stringify(ping));
  }

  private onPageChange(): void {
    const { page } = this.options;
    if (!page.isOnline() || !page.isVisible()) return;
    this.wake();
  }

  private watchForSleep(): void {
    const before = this.timers.now();
    this.cancelWakeTick = this.timers.after(WAKE_TICK_MS, () => {
      if (this.timers.now() - before > WAKE_TICK_MS + WAKE_LATE_MS) this.wake();
      this.watchForSleep();
    });
  }

  /** The machine woke, the page was shown, or the network is back: know now where we stand. */
  private wake(): void {
    switch (this.phaseNow.at) {
      case 'waiting':
      case 'polling':
        this.attempt();
        break;
      case 'open':
        if (this.timers.ticks() - this.lastInboundTicks > WAKE_TICK_MS) this.heartbeat.probe();
        break;
      case 'connecting':
      case 'stopped':
        break;
    }
  }

  private moveTo(phase: ConnectionPhase): void {
    this.phaseNow = phase;
    this.events.onPhase(phase);
  }
}
