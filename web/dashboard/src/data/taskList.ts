import { parsePosition, type Task } from '@apfa/realtime-client';
import { matches, type Api, type TaskFilter, type TaskPage } from './api';
import { inOrderOf, type TaskSort } from './taskSort';
import type { TaskStore } from './taskStore';

/** Newcomers kept aside; beyond it the list is read anew when they are shown. */
const MAX_WAITING = 2_000;
/** Rows kept; more than the page remembers tasks for would be empty. */
const MAX_ROWS = 20_000;
const PAGE_SIZE = 200;
const FAR_PAGE_SIZE = 1_000;
/** A sorted list is of so many of the newest tasks: the server knows no other order than its own. */
export const SORTED_ROWS = 1_000;

/**
 * The rows of one filtered list. The server lists the newest update first, so a task that is not
 * among the rows and is told of by the stream belongs on top; it waits and is counted until `admit`,
 * and until then rows that are there keep their places, whatever becomes of them. With a sort, the
 * newest `SORTED_ROWS` are the list, and take their places in its order with each `admit`.
 */
export class TaskList {
  private static made = 0;
  /** Tells lists apart. */
  readonly id = (TaskList.made += 1);
  private order: string[] = [];
  private readonly inOrder = new Set<string>();
  /** Newcomers, the newest last. */
  private readonly waiting = new Set<string>();
  private next: string | null | undefined;
  private serverTotal = 0;
  private fetched = 0;
  private loading: Promise<void> | undefined;
  private hasDropped = false;
  private hasLeavers = false;
  /** Whether a row of a sorted list may stand at the wrong place by now. */
  private isUnsorted = false;
  /** Pages asked for before the latest reload are no longer wanted. */
  private generation = 0;
  private positionAtLoad: string | undefined;

  constructor(
    private readonly api: Api,
    private readonly store: TaskStore,
    readonly filter: TaskFilter,
    private readonly onPage: (tasks: readonly Task[]) => void,
    readonly sort?: TaskSort,
  ) {}

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** Whether there are more newcomers than are counted. */
  get hasMoreWaiting(): boolean {
    return this.hasDropped;
  }

  /** How many tasks the server had when it was asked last. */
  get total(): number {
    return this.serverTotal;
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
    const size = this.sort ? SORTED_ROWS : PAGE_SIZE;
    this.loading = this.fetchPage(size, undefined, this.generation);
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

  /** A task the stream told of; whether newcomers or places changed, so that `admit` has to do. */
  onTask(task: Task): boolean {
    if (this.inOrder.has(task.uuid)) {
      const hasLeft = !this.isInState(task);
      this.hasLeavers ||= hasLeft;
      this.isUnsorted ||= this.sort !== undefined;
      return hasLeft || this.isUnsorted;
    }
    // A newcomer that went on to another state before anyone saw it is none any more.
    if (!matches(task, this.filter)) return this.waiting.delete(task.uuid);
    if (this.waiting.has(task.uuid)) return false;
    this.waiting.add(task.uuid);
    if (this.waiting.size > MAX_WAITING) {
      this.hasDropped = true;
      const [oldest] = this.waiting;
      if (oldest !== undefined) this.waiting.delete(oldest);
    }
    return true;
  }

  /**
   * Puts the newcomers on top, newest first, or where the sort has them, and drops the rows that
   * went on to another state than the list is of; whether anything changed.
   */
  admit(): boolean {
    if (this.waiting.size === 0 && !this.hasLeavers && !this.isUnsorted) return false;
    const newcomers = [...this.waiting].reverse();
    const stayers = this.hasLeavers ? this.order.filter((uuid) => this.belongs(uuid)) : this.order;
    this.order = [...newcomers, ...stayers];
    this.waiting.clear();
    this.hasLeavers = false;
    this.sortRows();
    this.inOrder.clear();
    for (const uuid of this.order) this.inOrder.add(uuid);
    return true;
  }

  private sortRows(): void {
    this.isUnsorted = false;
    if (!this.sort) return;
    const rows = this.order.map((uuid) => this.store.get(uuid) ?? lost(uuid));
    rows.sort((a, b) => b.offset - a.offset);
    const newest = rows.slice(0, SORTED_ROWS).sort(inOrderOf(this.sort));
    this.order = newest.map((task) => task.uuid);
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
      this.waiting.delete(task.uuid);
      this.order.push(task.uuid);
      this.inOrder.add(task.uuid);
    }
    this.next = page.tasks.length === 0 || this.sort ? null : page.next;
    this.sortRows();
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
    for (const uuid of this.waiting) {
      if ((this.store.get(uuid)?.offset ?? 0) <= at) this.waiting.delete(uuid);
    }
  }
}

/** A row whose task has left the page's memory. */
function lost(uuid: string): Task {
  return { uuid, state: 'PENDING', offset: 0 };
}
