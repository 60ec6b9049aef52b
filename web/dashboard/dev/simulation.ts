/**
 * A small Celery, made up: tasks that come, run and end, groups, queues and workers. Only for
 * looking at the page without the real system; the real server's contract decides.
 */
import { randomUUID } from 'node:crypto';

export type Row = Record<string, unknown> & { uuid: string; state: string; offset: number };
export interface WireUpdate {
  type: string;
  data: Record<string, unknown>;
  timestamp: number;
}

const NAMES = [
  'shop.tasks.charge_card',
  'shop.tasks.send_receipt',
  'media.tasks.thumbnail',
  'media.tasks.transcode',
  'reports.tasks.nightly_rollup',
  'search.tasks.reindex_product',
];
const QUEUES = ['celery', 'media', 'reports'];
const WORKERS = ['celery@worker-1', 'celery@worker-2', 'media@worker-3'];
const TERMINAL = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED']);

export class Simulation {
  readonly epoch = randomUUID().slice(0, 8);
  offset = 0;
  readonly tasks = new Map<string, Row>();
  readonly log: { offset: number; update: WireUpdate }[] = [];
  readonly depth = new Map<string, number>(QUEUES.map((queue) => [queue, 0]));
  readonly paused = new Set<string>();
  readonly processed = new Map<string, number>(WORKERS.map((worker) => [worker, 0]));
  readonly timelines = new Map<string, { event: string; at: number; worker?: string }[]>();
  readonly groups = new Map<string, Set<string>>();

  constructor(private readonly limit = 20_000) {}

  static now(): number {
    return Math.round(Date.now()) / 1000;
  }

  workers(): Record<string, unknown>[] {
    return WORKERS.map((hostname, index) => ({
      hostname,
      status: index === 2 && this.offset % 4000 > 3600 ? 'offline' : 'online',
      pid: 4000 + index,
      freq: 2,
      active: [...this.tasks.values()].filter((t) => t.worker === hostname && t.state === 'STARTED')
        .length,
      processed: this.processed.get(hostname),
      loadavg: [0.4 + index / 3, 0.5, 0.6],
      sw_ident: 'py-celery',
      sw_ver: '5.5.3',
      sw_sys: 'Linux',
      pool: 4,
      last_heartbeat: Simulation.now() - Math.random() * 2,
    }));
  }

  queues(): Record<string, unknown>[] {
    return QUEUES.map((queue) => ({
      queue,
      depth: this.depth.get(queue) ?? 0,
      unacked: 4,
      paused: this.paused.has(queue),
    }));
  }

  put(row: Omit<Row, 'offset'> & Record<string, unknown>, event: string): WireUpdate {
    this.offset += 1;
    const whole = { ...row, timestamp: Simulation.now(), offset: this.offset } as unknown as Row;
    this.tasks.delete(whole.uuid);
    this.tasks.set(whole.uuid, whole);
    const timeline = this.timelines.get(whole.uuid) ?? [];
    const worker = whole['worker'];
    timeline.push({
      event,
      at: Simulation.now(),
      ...(typeof worker === 'string' ? { worker } : {}),
    });
    this.timelines.set(whole.uuid, timeline);
    return this.append('task_update', whole);
  }

  append(type: string, data: Record<string, unknown>): WireUpdate {
    const update = { type, data, timestamp: Simulation.now() };
    if (type !== 'task_update') this.offset += 1;
    this.log.push({ offset: this.offset, update });
    if (this.log.length > 5_000) this.log.splice(0, 1_000);
    if (this.tasks.size > this.limit) {
      const oldest = [...this.tasks.values()].find((task) => TERMINAL.has(task.state));
      if (oldest) {
        this.tasks.delete(oldest.uuid);
        this.timelines.delete(oldest.uuid);
      }
    }
    return update;
  }

  create(more: Record<string, unknown> = {}): WireUpdate {
    const name = NAMES[Math.floor(Math.random() * NAMES.length)] ?? 'demo.tasks.add';
    const queue = name.startsWith('media')
      ? 'media'
      : name.startsWith('rep')
        ? 'reports'
        : 'celery';
    this.depth.set(queue, (this.depth.get(queue) ?? 0) + 1);
    const uuid = randomUUID();
    return this.put(
      {
        uuid,
        name,
        state: 'PENDING',
        queue,
        args: `(${Math.floor(Math.random() * 9000)}, 'order-${Math.floor(Math.random() * 9000)}')`,
        kwargs: "{'priority': 'normal', 'notify': True}",
        retries: 0,
        root_id: uuid,
        sent: Simulation.now(),
        ...more,
      },
      'task-sent',
    );
  }

  createGroup(size: number): WireUpdate[] {
    const id = randomUUID();
    const root = randomUUID();
    const members = new Set<string>();
    this.groups.set(id, members);
    const updates: WireUpdate[] = [];
    for (let index = 0; index < size; index += 1) {
      const update = this.create({ group_id: id, root_id: root, parent_id: root });
      members.add(String(update.data['uuid']));
      updates.push(update);
    }
    updates.push(this.progress(id));
    return updates;
  }

  progress(id: string): WireUpdate {
    return this.append('batch_progress', this.group(id));
  }

  group(id: string): Record<string, unknown> {
    const members = [...(this.groups.get(id) ?? [])].map((uuid) => this.tasks.get(uuid));
    const completed = members.filter((t) => !t || TERMINAL.has(t.state)).length;
    return {
      group_id: id,
      total: members.length,
      completed,
      failed: members.filter((t) => t && ['FAILURE', 'REVOKED', 'REJECTED'].includes(t.state))
        .length,
      running: members.filter((t) => t?.state === 'STARTED').length,
      percent: members.length === 0 ? 0 : Math.round((completed / members.length) * 1000) / 10,
    };
  }

  /** Moves a task on by one step. */
  advance(row: Row): WireUpdate[] {
    const now = Simulation.now();
    const worker = WORKERS[row.uuid.charCodeAt(0) % WORKERS.length] ?? 'celery@worker-1';
    const after: WireUpdate[] = [];
    const group = row['group_id'];
    switch (row.state) {
      case 'PENDING': {
        const queue = String(row['queue']);
        if (this.paused.has(queue)) return [];
        this.depth.set(queue, Math.max(0, (this.depth.get(queue) ?? 1) - 1));
        return [this.put({ ...row, state: 'RECEIVED', worker, received: now }, 'task-received')];
      }
      case 'RETRY':
      case 'RECEIVED':
        return [this.put({ ...row, state: 'STARTED', started: now }, 'task-started')];
      case 'PROGRESS':
      case 'STARTED': {
        const dice = Math.random();
        const runtime = Math.max(0.02, now - Number(row['started'] ?? now));
        this.processed.set(worker, (this.processed.get(worker) ?? 0) + 1);
        if (dice < 0.06) {
          after.push(
            this.put(
              {
                ...row,
                state: 'FAILURE',
                failed: now,
                runtime,
                exception: "ConnectionError('payment gateway timed out')",
                traceback:
                  'Traceback (most recent call last):\n  File "/app/celery/app/trace.py", line 453, in trace_task\n    R = retval = fun(*args, **kwargs)\n  File "/app/shop/tasks.py", line 41, in charge_card\n    return gateway.charge(order)\nConnectionError: payment gateway timed out\n',
              },
              'task-failed',
            ),
          );
        } else if (dice < 0.1) {
          return [
            this.put(
              {
                ...row,
                state: 'RETRY',
                retried: now,
                retries: Number(row['retries'] ?? 0) + 1,
                exception: "TimeoutError('upstream was slow')",
              },
              'task-retried',
            ),
          ];
        } else if (dice < 0.14 && row.state === 'STARTED') {
          return [
            this.put(
              { ...row, state: 'PROGRESS', progress: { current: 40, total: 100 } },
              'task-progress',
            ),
          ];
        } else {
          after.push(
            this.put(
              { ...row, state: 'SUCCESS', succeeded: now, runtime, result: "{'ok': True}" },
              'task-succeeded',
            ),
          );
        }
        if (typeof group === 'string' && this.groups.has(group)) after.push(this.progress(group));
        return after;
      }
      default:
        return [];
    }
  }
}
