import type { Timers } from './environment';

/** What the pool keeps: something that starts and stops. */
export interface Poolable {
  start(): void;
  stop(): void;
}

/** One user's hold on a pooled connection. */
export interface Lease<C> {
  readonly client: C;
  release(): void;
}

interface Held<C> {
  readonly client: C;
  users: number;
  cancelStop: (() => void) | undefined;
}

const LINGER_MS = 2_000;

/**
 * One connection per endpoint, whatever the number of users: counted, and kept for two seconds after
 * the last one left, so that a change of page does not reconnect. Endpoints are told apart by their
 * whole address.
 */
export class ConnectionPool<C extends Poolable> {
  private readonly held = new Map<string, Held<C>>();

  constructor(
    private readonly timers: Timers,
    private readonly make: (endpoint: string) => C,
    private readonly lingerMs: number = LINGER_MS,
  ) {}

  get size(): number {
    return this.held.size;
  }

  lease(endpoint: string): Lease<C> {
    const key = new URL(endpoint).toString();
    let held = this.held.get(key);
    if (held) {
      held.cancelStop?.();
      held.cancelStop = undefined;
      held.users += 1;
    } else {
      held = { client: this.make(key), users: 1, cancelStop: undefined };
      this.held.set(key, held);
      held.client.start();
    }
    const mine = held;
    let isReleased = false;
    return {
      client: mine.client,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        mine.users -= 1;
        if (mine.users > 0) return;
        mine.cancelStop = this.timers.after(this.lingerMs, () => {
          this.held.delete(key);
          mine.client.stop();
        });
      },
    };
  }
}
