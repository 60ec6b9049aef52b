/**
 * The words of the wire, as the server's contract fixes them. Times are epoch seconds with three
 * decimals unless a name says otherwise; a field that is unknown is absent.
 */

/** One Celery task as of its `offset`. Views replace a task, they never merge two. */
export interface Task {
  readonly uuid: string;
  readonly state: string;
  readonly name?: string;
  readonly worker?: string;
  readonly queue?: string;
  readonly args?: string;
  readonly kwargs?: string;
  readonly retries?: number;
  readonly eta?: number;
  readonly expires?: number;
  readonly root_id?: string;
  readonly parent_id?: string;
  readonly group_id?: string;
  readonly sent?: number;
  readonly received?: number;
  readonly started?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly retried?: number;
  readonly revoked?: number;
  readonly rejected?: number;
  readonly timestamp?: number;
  /** Seconds. */
  readonly runtime?: number;
  readonly result?: string;
  readonly exception?: string;
  readonly traceback?: string;
  readonly progress?: unknown;
  readonly suspect?: { readonly reason: string; readonly since?: number };
  readonly offset: number;
}

export interface BatchProgress {
  readonly group_id: string;
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly running: number;
  readonly percent: number;
}

export interface QueueDepth {
  readonly queue: string;
  readonly depth: number;
  readonly unacked?: number;
  readonly paused?: boolean;
}

/** The latest that is known of one Celery worker. */
export interface WorkerInfo {
  readonly hostname: string;
  readonly status?: string;
  readonly pid?: number;
  readonly freq?: number;
  readonly active?: number;
  readonly processed?: number;
  readonly loadavg?: readonly number[];
  readonly sw_ident?: string;
  readonly sw_ver?: string;
  readonly sw_sys?: string;
  readonly pool?: number;
  readonly last_heartbeat?: number;
  readonly [field: string]: unknown;
}

export type CommandStatus = 'accepted' | 'confirmed' | 'failed';

export interface CommandUpdate {
  readonly commandId: string;
  readonly status: CommandStatus;
  readonly msgId?: string;
  readonly reason?: string;
  /** The uuid of the task it acts on, or of the task it made. */
  readonly task?: string;
}

/** Events known to be lost and not repaired. */
export interface Gap {
  readonly since: number;
  readonly until: number;
  readonly worker?: string;
  readonly kinds?: readonly string[];
  readonly estimated?: number;
  readonly reason: string;
}

/** What each update type carries. */
export interface UpdateData {
  task_update: Task;
  batch_progress: BatchProgress;
  queue_depth: QueueDepth;
  worker_update: WorkerInfo;
  command_update: CommandUpdate;
  gap: Gap;
}

export type UpdateType = keyof UpdateData;

/** One thing a room tells; `timestamp` is when its batch closed at the server, epoch seconds. */
export type Update = {
  [T in UpdateType]: { readonly type: T; readonly data: UpdateData[T]; readonly timestamp: number };
}[UpdateType];

/** Several updates of one room in one frame. */
export interface Batch {
  readonly kind: 'batch';
  readonly room: string;
  readonly epoch: string;
  readonly from: number;
  readonly offset: number;
  readonly conflated: boolean;
  readonly updates: readonly Update[];
}

/** A part (from 1) of a room's snapshot; all parts stand at one offset. */
export interface SnapshotPart {
  readonly kind: 'snapshot';
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
  readonly part: number;
  readonly parts: number;
  readonly tasks: readonly Task[];
}

export interface Registered {
  readonly kind: 'registered';
  readonly room: string;
  readonly position: string;
  readonly recovered: boolean;
  readonly encoding: string;
}

export interface Reply {
  readonly kind: 'reply';
  readonly address: string;
  readonly body: unknown;
}

export interface Failure {
  readonly kind: 'failure';
  readonly address: string | undefined;
  readonly code: number;
  readonly type: string;
  readonly message: string;
}

export interface Pong {
  readonly kind: 'pong';
  readonly timestamp: number | undefined;
}

/** Everything a gateway can say, decoded. */
export type ServerFrame = Batch | SnapshotPart | Registered | Reply | Failure | Pong;

export type Encoding = 'json' | 'msgpack' | 'msgpack-columns';

/** Which snapshot a room asks for when it cannot go on from its position. */
export type SnapshotWish = 'none' | 'all' | `latest:${number}`;
