import type { Timers } from './environment';
import type { Http } from './http';
import { parsePosition } from './position';
import { asUpdates } from './roomDecoder';
import type { Batch, Registered } from './types';

export interface PollerEvents {
  onRegistered(frame: Registered): void;
  onBatch(batch: Batch): void;
  /** Whether the last call was answered. */
  onAnswer(isOk: boolean): void;
}

export interface PolledRoom {
  readonly room: string;
  position(): string | undefined;
}

interface Publications {
  readonly position?: string;
  readonly recovered?: boolean;
  readonly updates?: unknown;
}

/** Seconds a long-poll may wait at the server. */
const LONG_WAIT_SECONDS = 20;
/** Browsers keep few connections per host: only so many rooms may hold one. */
const LONG_POLL_ROOMS = 2;
const SHORT_POLL_MS = 2_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/** Follows rooms by HTTP when no transport works, at the positions the rooms have. */
export class Poller {
  private readonly loops = new Map<string, { isOver: boolean; abort: AbortController }>();
  private isRunning = false;

  constructor(
    private readonly http: Http,
    private readonly timers: Timers,
    private readonly events: PollerEvents,
  ) {}

  start(rooms: Iterable<PolledRoom>): void {
    this.isRunning = true;
    for (const room of rooms) this.add(room);
  }

  stop(): void {
    this.isRunning = false;
    for (const room of [...this.loops.keys()]) this.remove(room);
  }

  add(room: PolledRoom): void {
    if (!this.isRunning || this.loops.has(room.room)) return;
    const loop = { isOver: false, abort: new AbortController() };
    this.loops.set(room.room, loop);
    void this.follow(room, loop);
  }

  remove(room: string): void {
    const loop = this.loops.get(room);
    if (!loop) return;
    loop.isOver = true;
    loop.abort.abort();
    this.loops.delete(room);
  }

  private async follow(
    polled: PolledRoom,
    loop: { isOver: boolean; abort: AbortController },
  ): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!loop.isOver) {
      const isLong = this.loops.size <= LONG_POLL_ROOMS;
      const asked = polled.position();
      const started = this.timers.ticks();
      let pauseMs: number;
      try {
        const query = new URLSearchParams({ wait: String(isLong ? LONG_WAIT_SECONDS : 0) });
        if (asked !== undefined) query.set('position', asked);
        const answer = await this.http.get<Publications>(
          `/api/v1/rooms/${encodeURIComponent(polled.room)}/publications?${query.toString()}`,
          loop.abort.signal,
        );
        if (loop.isOver) return;
        const count = this.take(polled.room, asked, answer);
        this.events.onAnswer(true);
        retryMs = FIRST_RETRY_MS;
        const isHurried = isLong && this.timers.ticks() - started < SHORT_POLL_MS / 2;
        // A full answer has more behind it; an empty one that came at once would only spin.
        pauseMs =
          count >= 1_000 ? 0 : isLong && !isHurried ? 0 : isLong && count > 0 ? 250 : SHORT_POLL_MS;
      } catch {
        if (loop.isOver) return;
        this.events.onAnswer(false);
        pauseMs = retryMs;
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
      await new Promise<void>((resolve) => {
        this.timers.after(pauseMs, resolve);
      });
    }
  }

  private take(room: string, asked: string | undefined, answer: Publications): number {
    const position = answer.position ?? '';
    const updates = asUpdates(answer.updates ?? []);
    const at = parsePosition(position);
    const before = asked === undefined ? undefined : parsePosition(asked);
    if (!at || at.epoch === '') {
      if (updates.length > 0) {
        this.events.onBatch({
          kind: 'batch',
          room,
          epoch: '',
          from: 0,
          offset: 0,
          conflated: false,
          updates,
        });
      }
      return updates.length;
    }
    if (answer.recovered !== true || !before) {
      this.events.onRegistered({
        kind: 'registered',
        room,
        position,
        recovered: false,
        encoding: 'json',
      });
      return 0;
    }
    this.events.onRegistered({
      kind: 'registered',
      room,
      position: asked ?? position,
      recovered: true,
      encoding: 'json',
    });
    if (at.offset > before.offset) {
      this.events.onBatch({
        kind: 'batch',
        room,
        epoch: at.epoch,
        from: before.offset + 1,
        offset: at.offset,
        conflated: true,
        updates,
      });
    }
    return updates.length;
  }
}
