import type { Task } from '@apfa/realtime-client';

/** What a list can be sorted by: words of its columns, as they stand in the page's URL. */
const SORT_VALUES = {
  state: (task: Task) => task.state,
  name: (task: Task) => task.name,
  worker: (task: Task) => task.worker,
  received: (task: Task) => task.received ?? task.sent,
  runtime: (task: Task) => task.runtime,
} as const satisfies Record<string, (task: Task) => string | number | undefined>;

export type SortKey = keyof typeof SORT_VALUES;

export interface TaskSort {
  readonly by: SortKey;
  readonly isDescending: boolean;
}

/** Reads `runtime`, or `-runtime` for the longest first; nothing for what is no sort. */
export function parseSort(text: string | null): TaskSort | undefined {
  if (text === null) return undefined;
  const isDescending = text.startsWith('-');
  const by = isDescending ? text.slice(1) : text;
  return Object.hasOwn(SORT_VALUES, by) ? { by: by as SortKey, isDescending } : undefined;
}

export function formatSort({ by, isDescending }: TaskSort): string {
  return isDescending ? `-${by}` : by;
}

/** Compares for a sort: what has no value comes last either way, and of equals the newer first. */
export function inOrderOf({ by, isDescending }: TaskSort): (a: Task, b: Task) => number {
  const valueOf = SORT_VALUES[by];
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === right) return b.offset - a.offset;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return left < right ? -sign : sign;
  };
}
