import type { RealtimeClient } from './client';
import type { Timers, Unsubscribe } from './environment';

/** How good the connection is. Times in milliseconds. */
export interface QualityReport {
  readonly reconnects: number;
  /** Mean length of the latest connections; undefined before the first ended. */
  readonly averageConnectionMs: number | undefined;
  /** Smoothed. */
  readonly roundTripMs: number | undefined;
  /** Share of the latest pings that were not answered, 0 to 1. */
  readonly lossRatio: number;
  readonly lagMs: number | undefined;
  readonly grade: 'good' | 'fair' | 'poor' | 'unknown';
}

const KEPT_CONNECTIONS = 10;
const KEPT_PINGS = 20;
const SMOOTHING = 0.3;
const UNSTEADY_AFTER_RECONNECTS = 10;
const UNSTEADY_BELOW_MS = 60_000;

/** Watches the connection; pure but for what it is told. */
export class QualityMonitor {
  private reconnects = -1;
  private durations: number[] = [];
  private pings: boolean[] = [];
  private roundTripMs: number | undefined;

  onOpened(): void {
    this.reconnects += 1;
  }

  onLost(openMs: number): void {
    this.durations.push(openMs);
    if (this.durations.length > KEPT_CONNECTIONS) this.durations.shift();
  }

  onRoundTrip(ms: number): void {
    this.roundTripMs =
      this.roundTripMs === undefined ? ms : this.roundTripMs + SMOOTHING * (ms - this.roundTripMs);
    this.onPing(true);
  }

  onMissedPong(): void {
    this.onPing(false);
  }

  /** Whether connections average under a minute after ten reconnects. */
  get isUnsteady(): boolean {
    const average = this.averageConnectionMs();
    return (
      this.reconnects >= UNSTEADY_AFTER_RECONNECTS &&
      average !== undefined &&
      average < UNSTEADY_BELOW_MS
    );
  }

  /** Starts the judgement over, after something was done about it. */
  forgive(): void {
    this.reconnects = 0;
    this.durations = [];
  }

  report(lagMs: number | undefined): QualityReport {
    const averageConnectionMs = this.averageConnectionMs();
    const lost = this.pings.filter((isAnswered) => !isAnswered).length;
    const lossRatio = this.pings.length === 0 ? 0 : lost / this.pings.length;
    return {
      reconnects: Math.max(0, this.reconnects),
      averageConnectionMs,
      roundTripMs: this.roundTripMs,
      lossRatio,
      lagMs,
      grade: this.grade(lossRatio),
    };
  }

  private grade(lossRatio: number): QualityReport['grade'] {
    if (this.pings.length === 0) return 'unknown';
    const ms = this.roundTripMs ?? Infinity;
    if (lossRatio > 0.2 || ms > 1_500 || this.isUnsteady) return 'poor';
    return lossRatio > 0.05 || ms > 400 ? 'fair' : 'good';
  }

  private averageConnectionMs(): number | undefined {
    if (this.durations.length === 0) return undefined;
    return this.durations.reduce((sum, each) => sum + each, 0) / this.durations.length;
  }

  private onPing(isAnswered: boolean): void {
    this.pings.push(isAnswered);
    if (this.pings.length > KEPT_PINGS) this.pings.shift();
  }
}

/** Watches a client and takes it to polling, and says so, when its connections do not last. */
export function watchQuality(client: RealtimeClient, timers: Timers) {
  const monitor = new QualityMonitor();
  const listeners = new Set<(report: QualityReport) => void>();
  let latest = monitor.report(undefined);
  const changed = (): void => {
    latest = monitor.report(client.lagMs);
    for (const listener of [...listeners]) listener(latest);
  };
  const stops: Unsubscribe[] = [
    client.on('opened', () => {
      monitor.onOpened();
      changed();
    }),
    client.on('lost', ({ openMs }) => {
      monitor.onLost(openMs);
      changed();
      if (!monitor.isUnsteady) return;
      monitor.forgive();
      // After the client has dealt with the loss itself.
      timers.after(0, () => {
        client.usePolling('connections lasted less than a minute on average');
      });
    }),
    client.on('roundTrip', (ms) => {
      monitor.onRoundTrip(ms);
      changed();
    }),
    client.on('missedPong', () => {
      monitor.onMissedPong();
      changed();
    }),
  ];
  return {
    get report(): QualityReport {
      return latest;
    },
    onChange(listener: (report: QualityReport) => void): Unsubscribe {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    stop(): void {
      for (const stop of stops) stop();
    },
  };
}
