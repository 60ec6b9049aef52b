import type { QueueDepth, Task } from '@apfa/realtime-client';
import type { Transition } from './taskStore';

/** Seconds of history kept for the charts: 15 minutes. */
export const HISTORY_SECONDS = 900;
const MAX_RUNTIMES = 500;
const MAX_NAMES = 500;

export interface SecondRates {
  readonly second: number;
  started: number;
  succeeded: number;
  failed: number;
}

export interface NameRates {
  readonly name: string;
  succeeded: number;
  failed: number;
  /** The latest runtimes, seconds. */
  readonly runtimes: number[];
}

export interface DepthPoint {
  readonly second: number;
  readonly depth: number;
}

const FAILED = new Set(['FAILURE', 'REJECTED']);

/** What this page has seen of the stream, second by second; all of it bounded. */
export class Rates {
  private readonly seconds: SecondRates[] = [];
  private readonly names = new Map<string, NameRates>();
  private readonly depths = new Map<string, DepthPoint[]>();
  /** Epoch seconds from which on nothing is missing here. */
  since = Date.now() / 1000;

  onTransition({ task, before }: Transition): void {
    if (before?.state === task.state && before.retries === task.retries) return;
    const now = task.timestamp ?? Date.now() / 1000;
    const bucket = this.bucketOf(Math.floor(now));
    if (task.state === 'STARTED') bucket.started += 1;
    else if (task.state === 'SUCCESS') {
      bucket.succeeded += 1;
      this.onEnd(task, false);
    } else if (FAILED.has(task.state)) {
      bucket.failed += 1;
      this.onEnd(task, true);
    }
  }

  /**
   * Takes what a list of tasks remembers of the time before the stream was joined. The list holds
   * everything that happened from `completeFrom` on.
   */
  seed(tasks: readonly Task[], completeFrom: number): void {
    const oldest = Math.max(completeFrom, Date.now() / 1000 - HISTORY_SECONDS);
    const happened = tasks
      .flatMap((task) => [
        { at: task.started, what: 'started' as const, task },
        { at: task.succeeded, what: 'succeeded' as const, task },
        { at: task.failed ?? task.rejected, what: 'failed' as const, task },
      ])
      .filter((each): each is typeof each & { at: number } => (each.at ?? 0) >= oldest)
      .sort((a, b) => a.at - b.at);
    for (const { at, what, task } of happened) {
      this.bucketOf(Math.floor(at))[what] += 1;
      if (what !== 'started') this.onEnd(task, what === 'failed');
    }
    this.since = Math.min(this.since, oldest);
  }

  onDepth(queue: QueueDepth, now: number): void {
    let points = this.depths.get(queue.queue);
    if (!points) this.depths.set(queue.queue, (points = []));
    const second = Math.floor(now);
    if (points.at(-1)?.second === second) points.pop();
    points.push({ second, depth: queue.depth });
    if (points.length > HISTORY_SECONDS) points.shift();
  }

  depthsOf(queue: string): readonly DepthPoint[] {
    return this.depths.get(queue) ?? [];
  }

  /** One entry per second from `from` to `to`, empty seconds included. */
  series(from: number, to: number): readonly SecondRates[] {
    const bySecond = new Map(this.seconds.map((each) => [each.second, each]));
    const series: SecondRates[] = [];
    for (let second = Math.floor(from); second <= to; second += 1) {
      series.push(bySecond.get(second) ?? { second, started: 0, succeeded: 0, failed: 0 });
    }
    return series;
  }

  byName(): readonly NameRates[] {
    return [...this.names.values()];
  }

  /** A percentile of the latest runtimes of all tasks, seconds. */
  runtimePercentile(fraction: number): number | undefined {
    const all = [...this.names.values()].flatMap((name) => name.runtimes);
    return percentile(all, fraction);
  }

  private onEnd(task: Task, isFailure: boolean): void {
    const name = task.name ?? '(unknown)';
    let rates = this.names.get(name);
    if (!rates) {
      if (this.names.size >= MAX_NAMES) return;
      this.names.set(name, (rates = { name, succeeded: 0, failed: 0, runtimes: [] }));
    }
    if (isFailure) rates.failed += 1;
    else rates.succeeded += 1;
    if (task.runtime !== undefined) {
      rates.runtimes.push(task.runtime);
      if (rates.runtimes.length > MAX_RUNTIMES) rates.runtimes.shift();
    }
  }

  private bucketOf(second: number): SecondRates {
    for (let index = this.seconds.length - 1; index >= 0; index -= 1) {
      const each = this.seconds[index];
      if (each?.second === second) return each;
      if (each && each.second < second - 60) break;
    }
    const bucket: SecondRates = { second, started: 0, succeeded: 0, failed: 0 };
    this.seconds.push(bucket);
    if (this.seconds.length > HISTORY_SECONDS) this.seconds.shift();
    return bucket;
  }
}

export function percentile(values: readonly number[], fraction: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}
