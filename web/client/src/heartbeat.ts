import type { Timers } from './environment';

export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly maxMissed: number;
  /** Between pings once one was missed. */
  readonly missedIntervalMs: number;
  /** Frequent disconnects halve the interval down to this. */
  readonly shortestIntervalMs: number;
}

export const DEFAULT_HEARTBEAT: HeartbeatOptions = {
  intervalMs: 30_000,
  timeoutMs: 5_000,
  maxMissed: 3,
  missedIntervalMs: 5_000,
  shortestIntervalMs: 10_000,
};

type State =
  | { readonly at: 'stopped' }
  | { readonly at: 'idle' }
  | { readonly at: 'waiting'; readonly sentTicks: number };

/**
 * Notices a dead link: a ping every interval, an answer in time, three missed in a row is death.
 * Any inbound frame is life. After a first miss pings follow every 5 seconds.
 */
export class Heartbeat {
  private state: State = { at: 'stopped' };
  private missed = 0;
  private intervalMs: number;
  private cancel: () => void = () => undefined;

  constructor(
    private readonly timers: Timers,
    private readonly sendPing: () => void,
    private readonly onDead: () => void,
    private readonly options: HeartbeatOptions = DEFAULT_HEARTBEAT,
  ) {
    this.intervalMs = options.intervalMs;
  }

  get missedCount(): number {
    return this.missed;
  }

  get currentIntervalMs(): number {
    return this.intervalMs;
  }

  start(): void {
    this.missed = 0;
    this.idle(this.intervalMs);
  }

  stop(): void {
    this.cancel();
    this.state = { at: 'stopped' };
  }

  /** Any inbound frame: the link lives. */
  onInbound(): void {
    if (this.state.at === 'stopped') return;
    this.missed = 0;
    this.idle(this.intervalMs);
  }

  /** Asks at once and takes one missed answer for death: after a sleep, or a page shown again. */
  probe(): void {
    if (this.state.at === 'stopped') return;
    this.missed = this.options.maxMissed - 1;
    this.ping();
  }

  /** Disconnects come often: ask more often. */
  halveInterval(): void {
    this.intervalMs = Math.max(this.options.shortestIntervalMs, this.intervalMs / 2);
  }

  restoreInterval(): void {
    this.intervalMs = this.options.intervalMs;
  }

  private idle(delayMs: number): void {
    this.cancel();
    this.state = { at: 'idle' };
    this.cancel = this.timers.after(delayMs, () => {
      this.ping();
    });
  }

  private ping(): void {
    this.cancel();
    this.state = { at: 'waiting', sentTicks: this.timers.ticks() };
    this.sendPing();
    if (this.currentState() === 'stopped') return;
    this.cancel = this.timers.after(this.options.timeoutMs, () => {
      this.onMissed();
    });
  }

  private onMissed(): void {
    this.missed += 1;
    if (this.missed >= this.options.maxMissed) {
      this.stop();
      this.onDead();
      return;
    }
    // The timeout has already taken its time out of the 5 seconds between pings.
    this.idle(Math.max(0, this.options.missedIntervalMs - this.options.timeoutMs));
  }

  /** Read through a call: sending a ping may have stopped us. */
  private currentState(): State['at'] {
    return this.state.at;
  }
}
