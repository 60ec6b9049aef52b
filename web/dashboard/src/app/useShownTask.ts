import { useCallback, useSyncExternalStore } from 'react';
import { overlaid, type Doubt, type Task } from '@apfa/realtime-client';
import { selectDoubtOf } from '@apfa/realtime-client/redux';
import { hasEnded } from '../parts/states';
import { useAppSelector, useServices } from './services';

/** A task as it is shown: the server's row, with what is expected of a command laid over it. */
export interface ShownTask {
  readonly task: Task;
  readonly doubt: Doubt | undefined;
}

export function show(task: Task, doubt: Doubt | undefined): ShownTask {
  return { task: overlaid(task, doubt, hasEnded), doubt };
}

/** Whether the doubt is still open: half opacity, a spinner, and what is waited for. */
export function isOpen(doubt: Doubt | undefined): boolean {
  return doubt?.phase === 'instant' || doubt?.phase === 'pending';
}

/** A task of the page's memory, live. */
export function useShownTask(uuid: string | undefined): ShownTask | undefined {
  const { tasks } = useServices();
  const subscribe = useCallback(
    (changed: () => void) =>
      tasks.onChange((uuids) => {
        if (uuid !== undefined && uuids.has(uuid)) changed();
      }),
    [tasks, uuid],
  );
  const task = useSyncExternalStore(subscribe, () =>
    uuid === undefined ? undefined : tasks.get(uuid),
  );
  const doubt = useAppSelector((state) =>
    uuid === undefined ? undefined : selectDoubtOf(state, uuid),
  );
  return task && show(task, doubt);
}
