import type { RealtimeClient, Task } from '@apfa/realtime-client';

interface Page {
  readonly position: string;
  readonly tasks: readonly Task[];
}

/** A list read by HTTP, then kept up to date from exactly where it was read. */
export async function followList(client: RealtimeClient, rows: Map<string, Task>): Promise<void> {
  const page = await client.http.get<Page>('/api/v1/tasks?limit=1000');
  for (const task of page.tasks) rows.set(task.uuid, task);
  const room = client.room('celery:tasks', { position: page.position });
  room.on('task_update', (task) => {
    // Replace, never merge; an update that is not above the row's offset is old news.
    if (task.offset > (rows.get(task.uuid)?.offset ?? 0)) rows.set(task.uuid, task);
  });
}
