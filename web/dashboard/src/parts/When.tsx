import { useMemo, useSyncExternalStore } from 'react';
import { useAppSelector } from '../app/services';
import { formatAgo, formatExact } from './format';

const listeners = new Set<() => void>();
let now = Date.now() / 1000;
let timer: ReturnType<typeof setInterval> | undefined;

/** Tells once a second that time has moved on: one timer for the whole page. */
export function onSecond(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) now = Date.now() / 1000;
  timer ??= setInterval(() => {
    now = Date.now() / 1000;
    for (const each of [...listeners]) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Epoch seconds, as of the last second told. */
export function nowSeconds(): number {
  return now;
}

/** Epoch seconds, moving on once a second. */
export function useNow(): number {
  return useSyncExternalStore(onSecond, nowSeconds);
}

/** A time said twice: relative here, exact on hover. `at` in epoch seconds. */
export function When({ at }: { readonly at: number | undefined }) {
  const now = useNow();
  const zone = useAppSelector((state) => state.prefs.zone);
  // A page full of rows says its times anew every second; what does not move is kept.
  const exact = useMemo(() => (at === undefined ? '' : formatExact(at, zone)), [at, zone]);
  if (at === undefined) return <span className="quiet">–</span>;
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={exact}>
      {formatAgo(at, now)}
    </time>
  );
}

/** The same, exact, with the relative one on hover. */
export function WhenExact({ at }: { readonly at: number | undefined }) {
  const now = useNow();
  const zone = useAppSelector((state) => state.prefs.zone);
  if (at === undefined) return <span className="quiet">–</span>;
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatAgo(at, now)}>
      {formatExact(at, zone)}
    </time>
  );
}
