import { useMemo, useSyncExternalStore } from 'react';
import { useAppSelector } from '../app/services';
import { formatAgo, formatExact } from './format';

const listeners = new Set<() => void>();
let nowSeconds = Date.now() / 1000;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) nowSeconds = Date.now() / 1000;
  timer ??= setInterval(() => {
    nowSeconds = Date.now() / 1000;
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

/** Epoch seconds, moving on once a second: one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowSeconds);
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
