import type { PageSignals, Timers, Unsubscribe } from './environment';

export interface ThrottleOptions {
  /** At least this long between two callbacks. Default 100 ms. */
  readonly throttleMs?: number;
  /** The same while the page is hidden. Default 1,000 ms. */
  readonly hiddenMs?: number;
  /** Keys kept between two callbacks; beyond it the callback comes early. Default 10,000. */
  readonly maxKeys?: number;
  /** Waits for the next frame of the page; at once where there is none. */
  readonly onFrame?: (run: () => void) => () => void;
}

/**
 * Conflates by key and calls back at most once per interval and frame, with the latest of each key
 * in the order the keys last changed. Memory is bounded by the number of keys.
 */
export class Throttle<K, V> {
  private latest = new Map<K, V>();
  private cancel: (() => void) | undefined;
  private lastTicks = -Infinity;
  private readonly stopPage: Unsubscribe;
  private readonly throttleMs: number;
  private readonly hiddenMs: number;
  private readonly maxKeys: number;

  constructor(
    private readonly timers: Timers,
    private readonly page: PageSignals,
    private readonly callback: (changes: ReadonlyMap<K, V>) => void,
    private readonly options: ThrottleOptions = {},
  ) {
    this.throttleMs = options.throttleMs ?? 100;
    this.hiddenMs = options.hiddenMs ?? 1_000;
    this.maxKeys = options.maxKeys ?? 10_000;
    this.stopPage = page.onChange(() => {
      // A page that is shown again catches up at once.
      if (page.isVisible() && this.latest.size > 0) this.flush();
    });
  }

  put(key: K, value: V): void {
    this.latest.delete(key);
    this.latest.set(key, value);
    if (this.latest.size >= this.maxKeys) this.flush();
    else this.schedule();
  }

  flush(): void {
    this.cancel?.();
    this.cancel = undefined;
    if (this.latest.size === 0) return;
    const changes = this.latest;
    this.latest = new Map();
    this.lastTicks = this.timers.ticks();
    this.callback(changes);
  }

  close(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.latest.clear();
    this.stopPage();
  }

  private schedule(): void {
    if (this.cancel) return;
    const isVisible = this.page.isVisible();
    const spacing = isVisible ? this.throttleMs : this.hiddenMs;
    const delayMs = Math.max(0, this.lastTicks + spacing - this.timers.ticks());
    const { onFrame } = this.options;
    this.cancel = this.timers.after(delayMs, () => {
      // A hidden page has no frames to wait for.
      if (onFrame && this.page.isVisible())
        this.cancel = onFrame(() => {
          this.flush();
        });
      else this.flush();
    });
  }
}

/** Frames of the page, for `ThrottleOptions.onFrame`. */
export function pageFrames(run: () => void): () => void {
  if (typeof requestAnimationFrame === 'undefined') {
    run();
    return () => undefined;
  }
  const id = requestAnimationFrame(run);
  return () => {
    cancelAnimationFrame(id);
  };
}
