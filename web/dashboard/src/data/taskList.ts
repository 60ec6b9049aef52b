import { parsePosition, type Task } from '@apfa/realtime-client';
import { matches, type Api, type TaskFilter, type TaskPage } from './api';
import type { TaskStore } from './taskStore';

/** Newcomers kept aside; beyond it the list is read anew when they are shown. */
const MAX_WAITING = 2_000;
/** Rows kept; more than the page remembers tasks for would be empty. */
const MAX_ROWS = 20_000;
const PAGE_SIZE = 200;
const FAR_PAGE_SIZE = 1_000;

/**
 * The rows of one filtered list. The server lists the newest update first, so a task that is not
 * among the rows and is told of by the stream belongs on top; it waits and is counted until `admit`,
 * and until then rows that are there keep their places, whatever becomes of them.
 */
export class TaskList {
  private static made = 0;
  /** Tells lists apart. */
  readonly id = (TaskList.made += 1);
  private order: string[] = [];
  private readonly inOrder = new Set<string>();
  private waiting: string[] = [];
  private readonly inWaiting = new Set<string>();
  private next: string | null | undefined;
  private serverTotal = 0;
  private fetched = 0;
  private loading: Promise<void> | undefined;
  private hasDropped = false;
  private hasLeavers = false;
  /** Pages asked for before the latest reload are no longer wanted. */
  private generation = 0;
  private positionAtLoad: string | undefined;

  constructor(
    private readonly api: Api,
    private readonly store: TaskStore,
    readonly filter: TaskFilter,
    private readonly onPage: (tasks: readonly Task[]) => void,
  ) {}

  get waitingCount(): number {
    return this.waiting.length;
  }

  /** The stream's position the list was read at. */
  get position(): string | undefined {
    return this.positionAtLoad;
  }

  /** How many rows there are, as far as known. */
  get rowCount(): number {
    const unread = this.next === null ? 0 : Math.max(0, this.serverTotal - this.fetched);
    return this.order.length + unread;
  }

  get isLoaded(): boolean {
    return this.next !== undefined;
  }

  /** Whether the list outgrew what is kept of it, so that it has to be read anew. */
  get isOutgrown(): boolean {
    return this.hasDropped || this.order.length > MAX_ROWS;
  }

  /** Reads the first page, anew if it was read before; until it is there the list stays as it is. */
  async reload(): Promise<void> {
    this.generation += 1;
    this.loading = this.fetchPage(PAGE_SIZE, undefined, this.generation);
    await this.loading;
  }

  /** Rows from `start` up to `end`, fewer at the list's end. */
  async rows(start: number, end: number): Promise<readonly Task[]> {
    while (this.order.length < end && this.next !== null) {
      const missing = end - this.order.length;
      await this.readPage(missing > PAGE_SIZE ? FAR_PAGE_SIZE : PAGE_SIZE);
    }
    return this.order.slice(start, end).map((uuid) => this.store.get(uuid) ?? lost(uuid));
  }

  /** A task the stream told of; whether it is a newcomer or a row that left: `admit` has to do. */
  onTask(task: Task): boolean {
    if (this.inOrder.has(task.uuid)) {
      const hasLeft = !this.isInState(task);
      this.hasLeavers ||= hasLeft;
      return hasLeft;
    }
    if (this.inWaiting.has(task.uuid)) return false;
    if (!matches(task, this.filter)) return false;
    this.waiting.push(task.uuid);
    this.inWaiting.add(task.uuid);
    if (this.waiting.length > MAX_WAITING) {
      this.hasDropped = true;
      const dropped = this.waiting.shift();
      if (dropped !== undefined) this.inWaiting.delete(dropped);
    }
    return true;
  }

  /**
   * Puts the newcomers on top, newest first, and drops the rows that went on to another state than
   * the list is of; how many there were of both.
   */
  admit(): number {
    if (this.waiting.length === 0 && !this.hasLeavers) return 0;
    const newcomers = this.waiting.reverse().filter((uuid) => this.belongs(uuid));
    const stayers = this.hasLeavers ? this.order.filter((uuid) => this.belongs(uuid)) : this.order;
    const changes = this.waiting.length + this.order.length - stayers.length;
    this.order = [...newcomers, ...stayers];
    this.inOrder.clear();
    for (const uuid of this.order) this.inOrder.add(uuid);
    this.waiting = [];
    this.inWaiting.clear();
    this.hasLeavers = false;
    return changes;
  }

  private belongs(uuid: string): boolean {
    const task = this.store.get(uuid);
    return task === undefined || this.isInState(task);
  }

  private isInState(task: Task): boolean {
    return !this.filter.state || task.state === this.filter.state;
  }

  private readPage(size: number): Promise<void> {
    this.loading ??= this.fetchPage(size, this.next ?? undefined, this.generation);
    return this.loading;
  }

  private async fetchPage(
    size: number,
    cursor: string | undefined,
    generation: number,
  ): Promise<void> {
    try {
      const page = await this.api.tasks(this.filter, size, cursor);
      this.onPage(page.tasks);
      if (generation === this.generation) this.take(page, cursor === undefined);
    } finally {
      if (generation === this.generation) this.loading = undefined;
    }
  }

  private take(page: TaskPage, isFirst: boolean): void {
    if (isFirst) this.beginAt(page.position);
    this.serverTotal = page.total;
    this.fetched += page.tasks.length;
    for (const task of page.tasks) {
      if (this.inOrder.has(task.uuid)) continue;
      if (this.inWaiting.delete(task.uuid)) {
        this.waiting = this.waiting.filter((uuid) => uuid !== task.uuid);
      }
      this.order.push(task.uuid);
      this.inOrder.add(task.uuid);
    }
    this.next = page.tasks.length === 0 ? null : page.next;
  }

  /** Drops the rows, and the newcomers that the list as of `position` has itself. */
  private beginAt(position: string): void {
    this.positionAtLoad = position;
    this.order = [];
    this.inOrder.clear();
    this.fetched = 0;
    this.hasDropped = false;
    this.hasLeavers = false;
    const at = parsePosition(position)?.offset ?? 0;
    this.waiting = this.waiting.filter((uuid) => (this.store.get(uuid)?.offset ?? 0) > at);
    this.inWaiting.clear();
    for (const uuid of this.waiting) this.inWaiting.add(uuid);
  }
}

/** A row whose task has left the page's memory. */
function lost(uuid: string): Task {
  return { uuid, state: 'PENDING', offset: 0 };
}
