/** Time, chance and the page, as parameters: tests bring their own. */
export interface Timers {
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** Monotonic milliseconds. */
  ticks(): number;
  /** In [0, 1). */
  random(): number;
}

/** What the page knows of itself. Each `on…` returns its unsubscribe. */
export interface PageSignals {
  isOnline(): boolean;
  isVisible(): boolean;
  onChange(listener: () => void): () => void;
}

export type Unsubscribe = () => void;

export const systemTimers: Timers = {
  after(delayMs, run) {
    const id = setTimeout(run, delayMs);
    return () => {
      clearTimeout(id);
    };
  },
  now: () => Date.now(),
  ticks: () => performance.now(),
  random: () => Math.random(),
};

/** Signals of the browser's page; outside a page: always online and visible. */
export function pageSignals(): PageSignals {
  const page = typeof document === 'undefined' ? undefined : document;
  const view = typeof window === 'undefined' ? undefined : window;
  return {
    isOnline: () => (typeof navigator === 'undefined' ? true : navigator.onLine !== false),
    isVisible: () => page?.visibilityState !== 'hidden',
    onChange(listener) {
      view?.addEventListener('online', listener);
      view?.addEventListener('offline', listener);
      page?.addEventListener('visibilitychange', listener);
      return () => {
        view?.removeEventListener('online', listener);
        view?.removeEventListener('offline', listener);
        page?.removeEventListener('visibilitychange', listener);
      };
    },
  };
}

/** An id no other message has. */
export function newId(timers: Timers = systemTimers): string {
  if (typeof crypto !== 'undefined' && 'randomUUID' in crypto) return crypto.randomUUID();
  const part = () =>
    Math.floor(timers.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return `${timers.now().toString(16)}-${part()}${part()}`;
}
