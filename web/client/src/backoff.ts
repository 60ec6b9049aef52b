export interface BackoffOptions {
  readonly initialMs: number;
  readonly multiplier: number;
  readonly capMs: number;
  /** Part of the delay it may be longer or shorter by. */
  readonly jitter: number;
  readonly maxAttempts: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = {
  initialMs: 1_000,
  multiplier: 2,
  capMs: 60_000,
  jitter: 0.3,
  maxAttempts: 10,
};

/**
 * The reconnect timetable: 1, 2, 4, 8, 16, 32 and four times 60 seconds (303 in all), each with
 * jitter before the cap, so that no delay is longer than the cap.
 */
export class Backoff {
  private attempts = 0;

  constructor(
    private readonly random: () => number,
    private readonly options: BackoffOptions = DEFAULT_BACKOFF,
  ) {}

  /** Attempts taken since the last reset. */
  get attempt(): number {
    return this.attempts;
  }

  get isExhausted(): boolean {
    return this.attempts >= this.options.maxAttempts;
  }

  /** The milliseconds before the next attempt, which it counts. */
  nextDelayMs(): number {
    const { initialMs, multiplier, capMs } = this.options;
    const base = Math.min(initialMs * multiplier ** this.attempts, capMs);
    this.attempts += 1;
    return Math.min(this.jittered(base), capMs);
  }

  /** The delay between looks for a WebSocket while polling: the cap, with jitter below it. */
  steadyDelayMs(): number {
    return Math.min(this.jittered(this.options.capMs), this.options.capMs);
  }

  reset(): void {
    this.attempts = 0;
  }

  private jittered(baseMs: number): number {
    return baseMs * (1 + this.options.jitter * (2 * this.random() - 1));
  }
}
