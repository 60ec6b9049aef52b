import type { Api } from './api';
import type { Transition } from './taskStore';
import { BUILT_IN_STATES } from '../parts/states';

/**
 * Tasks by state: the server's figures, kept up to date by what the stream says between two
 * answers. A task never seen before counts as new.
 */
export class StateCounts {
  private counts = new Map<string, number>();

  get total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  onTransition({ task, before }: Transition): void {
    if (before) this.add(before.state, -1);
    this.add(task.state, 1);
  }

  replace(counts: Readonly<Record<string, number>>): void {
    this.counts = new Map(Object.entries(counts));
  }

  private add(state: string, change: number): void {
    this.counts.set(state, Math.max(0, (this.counts.get(state) ?? 0) + change));
  }
}

/** Asks the server for the counts: from `/stats` where it tells them, else state by state. */
export async function fetchCounts(api: Api): Promise<Readonly<Record<string, number>>> {
  const stats = await api.stats().catch(() => undefined);
  const told = stats?.['states'] ?? stats?.['tasks'];
  if (isCounts(told)) return told;
  const totals = await Promise.all(
    BUILT_IN_STATES.map(async (state) => [state, (await api.tasks({ state }, 1)).total] as const),
  );
  return Object.fromEntries(totals.filter(([, total]) => total > 0));
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).length > 0 &&
    Object.entries(value).every(
      ([state, count]) => typeof count === 'number' && state === state.toUpperCase(),
    )
  );
}
