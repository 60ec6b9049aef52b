import { useEffect, useRef } from 'react';

/** What a key does; a key of two letters is typed one after the other. */
export type Shortcuts = Readonly<Record<string, () => unknown>>;

const SEQUENCE_MS = 900;

/** Keys of the page. Keys typed into a field, or with a modifier, are left alone. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    let before = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
      const now = Date.now();
      const pair = now - before.at < SEQUENCE_MS ? `${before.key} ${event.key}` : '';
      const known = latest.current;
      const run = known[pair] ?? (pair !== '' && before.key === 'g' ? undefined : known[event.key]);
      before = { key: event.key, at: now };
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, []);
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      ['INPUT', 'TEXTAREA', 'SELECT', 'BUTTON', 'A'].includes(target.tagName))
  );
}
