import { Emitter } from './emitter';
import type { Unsubscribe } from './environment';
import type { StreamPosition } from './position';
import { RoomStream } from './roomStream';
import type { Batch, SnapshotWish, Task, Update, UpdateData, UpdateType } from './types';

/** What a room tells besides its updates. */
export interface RoomEvents extends UpdateData {
  /** All updates of one frame, before they are told one by one. */
  batch: { readonly updates: readonly Update[]; readonly batch: Batch };
  /** The whole room as of a position: replace what you have. */
  snapshot: { readonly tasks: readonly Task[]; readonly position: StreamPosition };
  /** Updates were missed and cannot be had again: read the list anew. */
  discontinuity: {
    readonly before: StreamPosition | undefined;
    readonly after: StreamPosition | undefined;
  };
  /** The stream is up to date again after `recovering`. */
  live: undefined;
  recovering: { readonly why: string };
  /** The server refused the room. */
  refused: { readonly code: number; readonly message: string };
}

export interface RoomOptions {
  /** The position of what you have already; updates after it follow. */
  readonly position?: string;
  /** What to bring when the position cannot be continued. */
  readonly snapshot?: SnapshotWish;
}

/** One subscriber of a room. */
export interface RoomHandle {
  readonly name: string;
  /** Where the room's stream stands, to go on from later. */
  readonly position: string | undefined;
  readonly isLive: boolean;
  on<K extends keyof RoomEvents>(type: K, listener: (value: RoomEvents[K]) => void): Unsubscribe;
  onAny(listener: (update: Update) => void): Unsubscribe;
  close(): void;
}

/** What a room needs from its client. */
export interface RoomOwner {
  /** The room has to be registered (again), at `room.positionText`. */
  register(room: Room): void;
  /** The room's last subscriber left. */
  release(room: Room): void;
  onProgress(): void;
}

interface Subscriber {
  readonly emitter: Emitter<RoomEvents>;
  /** What this subscriber was told last; a rewound stream is not told twice. */
  told: StreamPosition | undefined;
}

/** One registration and the subscribers that share it. */
export class Room {
  private stream: RoomStream;
  private readonly subscribers = new Set<Subscriber>();
  wish: SnapshotWish;
  private registration: 'none' | 'asked' | 'refused' = 'none';

  constructor(
    readonly name: string,
    options: RoomOptions,
    private readonly owner: RoomOwner,
    private readonly onError: (error: unknown) => void,
  ) {
    this.wish = options.snapshot ?? 'none';
    this.stream = new RoomStream(options.position, this.wish !== 'none');
  }

  get isLive(): boolean {
    return this.stream.isLive;
  }

  get positionText(): string | undefined {
    return this.stream.positionText;
  }

  /**
   * Adds a subscriber. A later one that brings a position or wants a snapshot has the room
   * registered again for it; the others are not told anything twice.
   */
  subscribe(options: RoomOptions, isFirst: boolean): RoomHandle {
    const subscriber: Subscriber = { emitter: new Emitter(this.onError), told: undefined };
    this.subscribers.add(subscriber);
    if (!isFirst && (options.position !== undefined || (options.snapshot ?? 'none') !== 'none')) {
      if (options.snapshot !== undefined) this.wish = options.snapshot;
      this.stream = new RoomStream(options.position, this.wish !== 'none');
      this.owner.register(this);
    }
    let isClosed = false;
    const room = (): Room => this;
    return {
      name: this.name,
      get position() {
        return room().positionText;
      },
      get isLive() {
        return room().isLive;
      },
      on: (type, listener) => subscriber.emitter.on(type, listener),
      onAny: (listener) =>
        subscriber.emitter.on('batch', ({ updates }) => {
          updates.forEach((update) => {
            try {
              listener(update);
            } catch (error) {
              this.onError(error);
            }
          });
        }),
      close: () => {
        if (isClosed) return;
        isClosed = true;
        this.subscribers.delete(subscriber);
        if (this.subscribers.size === 0) this.owner.release(this);
      },
    };
  }

  get isAbandoned(): boolean {
    return this.subscribers.size === 0;
  }

  /** Whether the server has been asked for this room on this connection. */
  get isRegistered(): boolean {
    return this.registration === 'asked';
  }

  /** Whether updates may be missing right now. A refused room is not waited for. */
  get isBehind(): boolean {
    return !this.stream.isLive && this.registration !== 'refused';
  }

  join(): void {
    this.registration = 'asked';
    this.stream.join();
  }

  detach(): void {
    this.registration = 'none';
    this.stream.detach();
  }

  onRefused(code: number, message: string): void {
    this.registration = 'refused';
    this.stream.detach();
    this.tell('refused', { code, message });
  }

  take(effects: ReturnType<RoomStream['onBatch']>): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'apply':
          this.apply(effect.batch, effect.updates);
          break;
        case 'snapshot':
          for (const subscriber of this.subscribers) subscriber.told = effect.position;
          this.tell('snapshot', { tasks: effect.tasks, position: effect.position });
          break;
        case 'discontinuity':
          for (const subscriber of this.subscribers) subscriber.told = effect.after;
          this.tell('discontinuity', { before: effect.before, after: effect.after });
          break;
        case 'recover':
          this.tell('recovering', { why: effect.why });
          this.owner.register(this);
          break;
        case 'live':
          this.tell('live', undefined);
          break;
        default:
          effect satisfies never;
      }
    }
    this.owner.onProgress();
  }

  get rules(): RoomStream {
    return this.stream;
  }

  private apply(batch: Batch, updates: readonly Update[]): void {
    for (const subscriber of [...this.subscribers]) {
      const { told } = subscriber;
      if (batch.epoch !== '') {
        if (told && told.epoch === batch.epoch && batch.offset <= told.offset) continue;
        subscriber.told = { epoch: batch.epoch, offset: batch.offset };
      }
      const isOld = (update: Update): boolean =>
        told !== undefined &&
        told.epoch === batch.epoch &&
        update.type === 'task_update' &&
        update.data.offset <= told.offset;
      const news = told && updates.some(isOld) ? updates.filter((u) => !isOld(u)) : updates;
      subscriber.emitter.emit('batch', { updates: news, batch });
      for (const update of news) unpack(subscriber.emitter, update);
    }
  }

  private tell<K extends keyof RoomEvents>(type: K, value: RoomEvents[K]): void {
    for (const subscriber of [...this.subscribers]) subscriber.emitter.emit(type, value);
  }
}

/** Tells one update under its own type. */
function unpack(emitter: Emitter<RoomEvents>, update: Update): void {
  emitter.emit(update.type as UpdateType, update.data as never);
}
