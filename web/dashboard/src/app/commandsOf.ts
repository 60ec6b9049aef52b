import type { CommandSpec, Task } from '@apfa/realtime-client';

/** The commands a person can give from the pages, as what is posted and what is expected. */
export const revokeTasks = (
  tasks: readonly Task[],
  options: { readonly terminate: boolean; readonly signal?: string },
): CommandSpec => {
  const settings = { terminate: options.terminate, signal: options.signal ?? 'SIGTERM' };
  const only = tasks.length === 1 ? tasks[0] : undefined;
  return {
    kind: options.terminate ? 'terminate' : 'revoke',
    path: only ? `/api/v1/tasks/${encodeURIComponent(only.uuid)}/revoke` : '/api/v1/tasks/revoke',
    body: only ? settings : { ...settings, uuids: tasks.map((task) => task.uuid) },
    targets: tasks.map((task) => ({
      target: task.uuid,
      overlay: { state: 'REVOKED' },
      baseOffset: task.offset,
    })),
  };
};

export const retryTasks = (
  tasks: readonly Task[],
  edited: { readonly args?: unknown; readonly kwargs?: unknown } = {},
): CommandSpec => {
  const only = tasks.length === 1 ? tasks[0] : undefined;
  return {
    kind: 'retry',
    path: only ? `/api/v1/tasks/${encodeURIComponent(only.uuid)}/retry` : '/api/v1/tasks/retry',
    body: only ? edited : { uuids: tasks.map((task) => task.uuid) },
    targets: tasks.map((task) => ({ target: task.uuid, baseOffset: task.offset })),
  };
};

export const queueCommand = (queue: string, act: 'pause' | 'resume' | 'purge'): CommandSpec => ({
  kind: act,
  path: `/api/v1/queues/${encodeURIComponent(queue)}/${act}`,
  body: {},
  targets: [
    {
      target: `queue:${queue}`,
      overlay: act === 'purge' ? { depth: 0 } : { paused: act === 'pause' },
    },
  ],
});

export const workerCommand = (
  hostname: string,
  act: 'pool' | 'autoscale' | 'rate-limit' | 'time-limit' | 'enable-events' | 'shutdown',
  body: Readonly<Record<string, unknown>> = {},
): CommandSpec => ({
  kind: act,
  path: `/api/v1/workers/${encodeURIComponent(hostname)}/${act}`,
  body,
  targets: [
    {
      target: `worker:${hostname}`,
      ...(act === 'shutdown' ? { overlay: { status: 'offline' } } : {}),
    },
  ],
});
