import { formatPosition, parsePosition, type StreamPosition } from './position';
import type { Batch, Registered, SnapshotPart, Task, Update } from './types';

/** What a room's stream asks of its owner, in order. */
export type StreamEffect =
  | { readonly do: 'apply'; readonly updates: readonly Update[]; readonly batch: Batch }
  | { readonly do: 'snapshot'; readonly tasks: readonly Task[]; readonly position: StreamPosition }
  | { readonly do: 'recover'; readonly why: string }
  | {
      readonly do: 'discontinuity';
      readonly before: StreamPosition | undefined;
      readonly after: StreamPosition | undefined;
    }
  | { readonly do: 'live' };

type State = 'detached' | 'joining' | 'snapshot' | 'live';

/**
 * The rules of positions for one room: drops what it has, applies what comes next, asks to recover
 * when something is missing. What leaves it is ordered and has no gap and no duplicate; where that
 * is impossible it says `discontinuity`, or brings a snapshot.
 */
export class RoomStream {
  private state: State = 'detached';
  private position: StreamPosition | undefined;
  private parts: Task[] = [];
  private nextPart = 1;

  /** `start`: the position of what the application has already, from a list read by HTTP. */
  constructor(
    start: string | undefined,
    private readonly wantsSnapshot: boolean,
  ) {
    this.position = start === undefined ? undefined : parsePosition(start);
  }

  get isLive(): boolean {
    return this.state === 'live';
  }

  /** The position to ask for, if there is one. */
  get positionText(): string | undefined {
    return this.position ? formatPosition(this.position) : undefined;
  }

  /** The connection is gone. */
  detach(): void {
    this.state = 'detached';
  }

  /** A `register` is on its way. */
  join(): void {
    this.state = 'joining';
    this.parts = [];
    this.nextPart = 1;
  }

  onRegistered(frame: Registered): StreamEffect[] {
    const before = this.position;
    const at = parsePosition(frame.position);
    if (frame.recovered) {
      this.position = at ?? before;
      this.state = 'live';
      return [{ do: 'live' }];
    }
    if (this.wantsSnapshot && at && at.epoch !== '') {
      this.state = 'snapshot';
      this.parts = [];
      this.nextPart = 1;
      return [];
    }
    this.position = at;
    this.state = 'live';
    const effects: StreamEffect[] = [];
    if (before && at?.epoch !== '') effects.push({ do: 'discontinuity', before, after: at });
    effects.push({ do: 'live' });
    return effects;
  }

  onSnapshot(frame: SnapshotPart): StreamEffect[] {
    if (this.state === 'detached' || this.state === 'joining') return [];
    if (frame.part === 1) {
      this.parts = [];
      this.nextPart = 1;
    }
    if (frame.part !== this.nextPart) return this.recover('a part of the snapshot is missing');
    for (const task of frame.tasks) this.parts.push(task);
    this.nextPart += 1;
    if (frame.part < frame.parts) return [];
    const tasks = this.parts;
    this.parts = [];
    this.nextPart = 1;
    const position = { epoch: frame.epoch, offset: frame.offset };
    this.position = position;
    this.state = 'live';
    return [{ do: 'snapshot', tasks, position }, { do: 'live' }];
  }

  onBatch(batch: Batch): StreamEffect[] {
    if (batch.epoch === '') {
      // Latest values stand outside the sequence: each replaces the one before.
      return [{ do: 'apply', updates: batch.updates, batch }];
    }
    if (this.state !== 'live') return [];
    const at = this.position;
    if (!at) {
      this.position = { epoch: batch.epoch, offset: batch.offset };
      return [{ do: 'apply', updates: batch.updates, batch }];
    }
    if (batch.epoch !== at.epoch) return this.recover('the stream began anew');
    if (batch.offset <= at.offset) return [];
    if (batch.from > at.offset + 1) {
      return this.recover(`offsets ${at.offset + 1} to ${batch.from - 1} are missing`);
    }
    this.position = { epoch: batch.epoch, offset: batch.offset };
    const updates = batch.from <= at.offset ? newer(batch.updates, at.offset) : batch.updates;
    return [{ do: 'apply', updates, batch }];
  }

  private recover(why: string): StreamEffect[] {
    this.join();
    return [{ do: 'recover', why }];
  }
}

/**
 * Leaves out what stands at or before `offset` in a frame that overlaps what we have. Updates stand
 * in the order of their offset and only tasks name theirs, so everything before the first newer
 * task and after an older one is old.
 */
function newer(updates: readonly Update[], offset: number): readonly Update[] {
  let start = 0;
  updates.forEach((update, index) => {
    if (update.type === 'task_update' && update.data.offset <= offset) start = index + 1;
  });
  return start === 0 ? updates : updates.slice(start);
}
