import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import type { TaskFilter } from '../data/api';
import { formatSort, parseSort, type TaskSort } from '../data/taskSort';

const KEYS = ['state', 'name', 'worker', 'queue', 'q'] as const;

/** The filter in the page's URL, and how to change it. */
export function useFilter(): readonly [TaskFilter, (change: Partial<TaskFilter>) => void] {
  const [params, setParams] = useSearchParams();
  const text = KEYS.map((key) => params.get(key) ?? '').join('\n');
  const filter = useMemo(() => {
    const values = text.split('\n');
    return Object.fromEntries(
      KEYS.flatMap((key, index) => (values[index] ? [[key, values[index]]] : [])),
    ) as TaskFilter;
  }, [text]);
  const change = useCallback(
    (next: Partial<TaskFilter>) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [key, value] of Object.entries(next)) {
            if (value) after.set(key, value);
            else after.delete(key);
          }
          return after;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  return [filter, change];
}

/** The sort in the page's URL, and how to change it; without one the newest update comes first. */
export function useSort(): readonly [TaskSort | undefined, (sort: TaskSort | undefined) => void] {
  const [params, setParams] = useSearchParams();
  const text = params.get('sort');
  const sort = useMemo(() => parseSort(text), [text]);
  const change = useCallback(
    (next: TaskSort | undefined) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (next) after.set('sort', formatSort(next));
          else after.delete('sort');
          return after;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  return [sort, change];
}
