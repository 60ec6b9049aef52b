import { newId, type Timers } from './environment';
import { HttpError, MessageDropped, Nacked } from './errors';

export interface QueueOptions {
  readonly maxEntries?: number;
  readonly defaultPriority?: number;
  readonly defaultTtlMs?: number;
  readonly defaultMaxRetries?: number;
  /** A delivery that takes longer has failed. */
  readonly deliverTimeoutMs?: number;
}

const DEFAULTS: Required<QueueOptions> = {
  maxEntries: 1_000,
  defaultPriority: 5,
  defaultTtlMs: 60_000,
  defaultMaxRetries: 3,
  deliverTimeoutMs: 10_000,
};

export interface EnqueueOptions {
  readonly msgId?: string;
  /** Larger goes first; 0 is legal. */
  readonly priority?: number;
  /** From now, in milliseconds: what is older is dropped, so that nothing is replayed late. */
  readonly ttlMs?: number;
  /** 0 is legal. */
  readonly maxRetries?: number;
}

/** A waiting message, as it is stored across a reload. */
export interface StoredMessage<T> {
  readonly msgId: string;
  readonly message: T;
  readonly priority: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly maxRetries: number;
  readonly order: number;
}

/** Where waiting messages outlive a reload of the page. */
export interface QueueStorage<T> {
  load(): Promise<readonly StoredMessage<T>[]>;
  put(message: StoredMessage<T>): Promise<void>;
  remove(msgId: string): Promise<void>;
}

interface Entry<T> extends StoredMessage<T> {
  retries: number;
  /** Epoch milliseconds before which it is not tried again. */
  notBefore: number;
  lastError: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Messages that wait for a connection: by priority, then in the order they came. A failing one waits
 * 1, 2, 3 seconds between its tries, or as long as the server asks, and holds up no other; one that
 * is refused, too old, failed too often or pushed out by fuller queues has its promise rejected.
 */
export class OfflineQueue<T> {
  private readonly options: Required<QueueOptions>;
  private entries: Entry<T>[] = [];
  private order = 0;
  private isOpen = false;
  private isDelivering = false;
  private cancelTimer: () => void = () => undefined;

  constructor(
    private readonly timers: Timers,
    private readonly deliver: (msgId: string, message: T) => Promise<unknown>,
    options: QueueOptions = {},
    private readonly storage?: QueueStorage<T>,
  ) {
    this.options = { ...DEFAULTS, ...options };
  }

  get size(): number {
    return this.entries.length;
  }

  /** Takes back what waited before a reload; what is too old by now is dropped. */
  async restore(): Promise<number> {
    const stored = (await this.storage?.load()) ?? [];
    const known = new Set(this.entries.map((entry) => entry.msgId));
    let count = 0;
    for (const message of [...stored].sort((a, b) => a.order - b.order)) {
      if (known.has(message.msgId)) continue;
      if (message.expiresAt <= this.timers.now()) {
        void this.forget(message.msgId);
        continue;
      }
      count += 1;
      this.insert(
        { ...message, order: this.order++ },
        () => undefined,
        () => undefined,
      );
    }
    this.pump();
    return count;
  }

  enqueue(message: T, options: EnqueueOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const stored: StoredMessage<T> = {
        msgId: options.msgId ?? newId(this.timers),
        message,
        priority: options.priority ?? this.options.defaultPriority,
        expiresAt: this.timers.now() + (options.ttlMs ?? this.options.defaultTtlMs),
        maxRetries: options.maxRetries ?? this.options.defaultMaxRetries,
        order: this.order++,
      };
      this.insert(stored, resolve, reject);
      this.storage?.put(stored).catch(() => undefined);
      this.dropOverflow();
      this.pump();
    });
  }

  /** Whether messages can go out now. */
  setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.pump();
  }

  /** Rejects everything that waits; what is stored stays for the next page. */
  close(): void {
    this.isOpen = false;
    this.cancelTimer();
    const { entries } = this;
    this.entries = [];
    for (const entry of entries) entry.reject(new MessageDropped(entry.msgId, 'closed'));
  }

  private insert(
    stored: StoredMessage<T>,
    resolve: Entry<T>['resolve'],
    reject: Entry<T>['reject'],
  ): void {
    const entry: Entry<T> = {
      ...stored,
      retries: 0,
      notBefore: 0,
      lastError: undefined,
      resolve,
      reject,
    };
    const at = this.entries.findIndex((other) => other.priority < entry.priority);
    if (at < 0) this.entries.push(entry);
    else this.entries.splice(at, 0, entry);
  }

  /** The oldest of the lowest priority leave first. */
  private dropOverflow(): void {
    while (this.entries.length > this.options.maxEntries) {
      const lowest = this.entries.at(-1)?.priority;
      const victim = this.entries.find((entry) => entry.priority === lowest);
      if (!victim) return;
      this.drop(victim, 'queue-full');
    }
  }

  private pump(): void {
    this.cancelTimer();
    this.dropExpired();
    if (this.isOpen && !this.isDelivering) {
      const now = this.timers.now();
      const next = this.entries.find((entry) => entry.notBefore <= now);
      if (next) {
        void this.deliverOne(next);
        return;
      }
    }
    this.scheduleNext();
  }

  private async deliverOne(entry: Entry<T>): Promise<void> {
    this.isDelivering = true;
    try {
      const answer = await this.withTimeout(this.deliver(entry.msgId, entry.message));
      if (this.take(entry)) entry.resolve(answer);
    } catch (error) {
      this.onFailed(entry, error);
    } finally {
      this.isDelivering = false;
    }
    this.pump();
  }

  private onFailed(entry: Entry<T>, error: unknown): void {
    entry.lastError = error;
    if (isFinal(error)) {
      if (this.take(entry)) entry.reject(error);
      return;
    }
    const asked = error instanceof HttpError ? error.retryAfterMs : 0;
    const notBefore = this.timers.now() + Math.max(1_000 * (entry.retries + 1), asked);
    if (notBefore >= entry.expiresAt && asked > 0) {
      // It may be tried again only when nobody wants it any more: better said now than then.
      this.drop(entry, 'expired');
    } else if (entry.retries >= entry.maxRetries) {
      this.drop(entry, 'retries');
    } else {
      entry.retries += 1;
      entry.notBefore = notBefore;
    }
  }

  private withTimeout(delivery: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancel = this.timers.after(this.options.deliverTimeoutMs, () => {
        reject(new Error(`no answer within ${this.options.deliverTimeoutMs} ms`));
      });
      delivery.then(resolve, reject).finally(cancel);
    });
  }

  private dropExpired(): void {
    const now = this.timers.now();
    for (const entry of this.entries.filter((each) => each.expiresAt <= now)) {
      this.drop(entry, 'expired');
    }
  }

  /** One timer for whatever comes first: the next try, or the next message that grows too old. */
  private scheduleNext(): void {
    const now = this.timers.now();
    let next = Infinity;
    for (const entry of this.entries) {
      next = Math.min(next, entry.expiresAt);
      if (this.isOpen && !this.isDelivering && entry.notBefore > now) {
        next = Math.min(next, entry.notBefore);
      }
    }
    if (next === Infinity) return;
    this.cancelTimer = this.timers.after(Math.max(0, next - now), () => {
      this.pump();
    });
  }

  private drop(entry: Entry<T>, why: MessageDropped['why']): void {
    if (this.take(entry)) entry.reject(new MessageDropped(entry.msgId, why, entry.lastError));
  }

  private take(entry: Entry<T>): boolean {
    const at = this.entries.indexOf(entry);
    if (at < 0) return false;
    this.entries.splice(at, 1);
    void this.forget(entry.msgId);
    return true;
  }

  private async forget(msgId: string): Promise<void> {
    await this.storage?.remove(msgId).catch(() => undefined);
  }
}

/** Whether trying again is useless: the server understood and said no. */
function isFinal(error: unknown): boolean {
  if (error instanceof Nacked) return error.failureCode < 500 && error.failureCode !== 429;
  return (
    error instanceof HttpError &&
    error.status >= 400 &&
    error.status < 500 &&
    error.status !== 408 &&
    error.status !== 429
  );
}
