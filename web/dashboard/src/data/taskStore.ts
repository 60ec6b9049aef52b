import type { Task, Unsubscribe } from '@apfa/realtime-client';

/** Tasks kept in the page; the ones not heard of for longest leave first. */
const MAX_TASKS = 30_000;

/** What a task did with one put. */
export interface Transition {
  readonly task: Task;
  readonly before: Task | undefined;
}

/**
 * The latest row of each task the page knows, whether from a list or from the stream: the one with
 * the higher offset wins, so it does not matter which of the two comes first.
 */
export class TaskStore {
  private readonly tasks = new Map<string, Task>();
  private readonly listeners = new Set<(changed: ReadonlySet<string>) => void>();

  get size(): number {
    return this.tasks.size;
  }

  get(uuid: string): Task | undefined {
    return this.tasks.get(uuid);
  }

  values(): IterableIterator<Task> {
    return this.tasks.values();
  }

  /** The transition, or nothing when this is old news. */
  put(task: Task): Transition | undefined {
    const before = this.tasks.get(task.uuid);
    if (before && before.offset >= task.offset) return undefined;
    this.tasks.delete(task.uuid);
    this.tasks.set(task.uuid, task);
    if (this.tasks.size > MAX_TASKS) {
      const oldest = this.tasks.keys().next().value;
      if (oldest !== undefined) this.tasks.delete(oldest);
    }
    return { task, before };
  }

  /** A new epoch: offsets of before mean nothing. */
  clear(): void {
    this.tasks.clear();
  }

  /** Told at most ten times a second. */
  onChange(listener: (changed: ReadonlySet<string>) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  announce(changed: ReadonlySet<string>): void {
    for (const listener of [...this.listeners]) listener(changed);
  }
}
