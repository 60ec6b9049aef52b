import type { Http, QueueDepth, Task, WorkerInfo } from '@apfa/realtime-client';

/** What a list of tasks can be narrowed by; all of it lives in the page's URL. */
export interface TaskFilter {
  readonly state?: string;
  readonly name?: string;
  readonly worker?: string;
  readonly queue?: string;
  readonly q?: string;
}

export interface TaskPage {
  readonly position: string;
  readonly total: number;
  readonly tasks: readonly Task[];
  readonly next: string | null;
}

export interface TimelineEntry {
  readonly type: string;
  readonly timestamp?: number;
  readonly hostname?: string;
  readonly [field: string]: unknown;
}

export interface TaskDetail extends Task {
  readonly timeline?: readonly TimelineEntry[];
  readonly children?: readonly (string | Task)[];
  readonly backend?: unknown;
}

export interface GroupDetail {
  readonly group_id?: string;
  readonly total?: number;
  readonly completed?: number;
  readonly failed?: number;
  readonly running?: number;
  readonly percent?: number;
  readonly tasks?: readonly Task[];
}

export interface LimitsAnswer {
  readonly version: number;
  readonly since?: number | string;
  readonly limits: LimitValues;
  readonly error: string | null;
  /** What is another for some: by kind (roles, users, rooms), by name, by limit. */
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, LimitValues>>>>;
}

export type LimitValues = Readonly<Record<string, unknown>>;

const FILTER_KEYS = ['state', 'name', 'worker', 'queue', 'q'] as const;

/** The REST interface, by name. */
export class Api {
  constructor(readonly http: Http) {}

  tasks(
    filter: TaskFilter,
    limit: number,
    cursor?: string,
    signal?: AbortSignal,
  ): Promise<TaskPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    for (const key of FILTER_KEYS) {
      const value = filter[key];
      if (value) query.set(key, value);
    }
    if (cursor !== undefined) query.set('cursor', cursor);
    return this.http.get<TaskPage>(`/api/v1/tasks?${query.toString()}`, signal);
  }

  task(uuid: string): Promise<TaskDetail> {
    return this.http.get<TaskDetail>(`/api/v1/tasks/${encodeURIComponent(uuid)}`);
  }

  group(id: string): Promise<GroupDetail> {
    return this.http.get<GroupDetail>(`/api/v1/groups/${encodeURIComponent(id)}`);
  }

  limits(): Promise<LimitsAnswer> {
    return this.http.get<LimitsAnswer>('/api/v1/limits');
  }

  async workers(): Promise<readonly WorkerInfo[]> {
    return listOf<WorkerInfo>(await this.http.get<unknown>('/api/v1/workers'), 'workers');
  }

  async queues(): Promise<readonly QueueDepth[]> {
    return listOf<QueueDepth>(await this.http.get<unknown>('/api/v1/queues'), 'queues');
  }

  async queueMessages(queue: string): Promise<readonly unknown[]> {
    const path = `/api/v1/queues/${encodeURIComponent(queue)}/messages`;
    return listOf<unknown>(await this.http.get<unknown>(path), 'messages');
  }

  stats(): Promise<Record<string, unknown>> {
    return this.http.get<Record<string, unknown>>('/api/v1/stats');
  }

  async audit(): Promise<readonly Record<string, unknown>[]> {
    return listOf(await this.http.get<unknown>('/api/v1/audit'), 'entries', 'audit');
  }

  doctor(): Promise<Record<string, unknown>> {
    return this.http.get<Record<string, unknown>>('/api/v1/doctor');
  }
}

/** The list in an answer that is a list, or holds one under one of `keys`. */
function listOf<T>(answer: unknown, ...keys: readonly string[]): readonly T[] {
  if (Array.isArray(answer)) return answer as T[];
  if (typeof answer === 'object' && answer !== null) {
    for (const key of keys) {
      const list = (answer as Record<string, unknown>)[key];
      if (Array.isArray(list)) return list as T[];
    }
  }
  return [];
}

/** Whether the server would list `task` under `filter`; the same rules as the REST call's. */
export function matches(task: Task, filter: TaskFilter): boolean {
  if (filter.state && task.state !== filter.state) return false;
  if (filter.name && task.name !== filter.name) return false;
  if (filter.worker && task.worker !== filter.worker) return false;
  if (filter.queue && task.queue !== filter.queue) return false;
  if (!filter.q) return true;
  const needle = filter.q.toLowerCase();
  return [task.uuid, task.name, task.args, task.kwargs, task.worker].some(
    (text) => text?.toLowerCase().includes(needle) === true,
  );
}
