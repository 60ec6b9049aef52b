import type { Unsubscribe } from './environment';

type Listener<T> = (value: T) => void;

/** Typed events. A listener that throws stops no other: its error goes to `onError`. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();
  private readonly anyListeners = new Set<(type: keyof Events, value: unknown) => void>();

  constructor(private readonly onError: (error: unknown) => void = reportLater) {}

  on<K extends keyof Events>(type: K, listener: Listener<Events[K]>): Unsubscribe {
    let set = this.listeners.get(type);
    if (!set) this.listeners.set(type, (set = new Set()));
    // A wrapper of its own, so that one function subscribed twice is two subscriptions.
    const own: Listener<Events[K]> = (value) => {
      listener(value);
    };
    set.add(own as Listener<never>);
    return () => {
      set.delete(own as Listener<never>);
      if (set.size === 0 && this.listeners.get(type) === set) this.listeners.delete(type);
    };
  }

  onAny(listener: (type: keyof Events, value: unknown) => void): Unsubscribe {
    const own = (type: keyof Events, value: unknown): void => {
      listener(type, value);
    };
    this.anyListeners.add(own);
    return () => {
      this.anyListeners.delete(own);
    };
  }

  emit<K extends keyof Events>(type: K, value: Events[K]): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) {
      this.guard(() => {
        (listener as Listener<Events[K]>)(value);
      });
    }
    for (const listener of [...this.anyListeners]) {
      this.guard(() => {
        listener(type, value);
      });
    }
  }

  private guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.onError(error);
    }
  }
}

/** Lets an application's own error reach the page's error handlers without stopping us. */
export function reportLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
