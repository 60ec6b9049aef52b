import { encode } from '@msgpack/msgpack';
import type {
  FetchLike,
  Task,
  Transport,
  TransportFactory,
  TransportListener,
  Update,
} from '../src/index';

interface Row {
  readonly offset: number;
  readonly update: Update;
}

interface Registration {
  readonly encoding: string;
  position: number;
}

/** One end of a transport at the fake gateway. */
export class FakeSession {
  readonly rooms = new Map<string, Registration>();
  readonly received: Record<string, unknown>[] = [];
  isClosed = false;

  constructor(
    private readonly listener: TransportListener,
    readonly transport: Transport,
  ) {}

  text(frame: unknown): void {
    if (!this.isClosed) this.listener.onText(JSON.stringify(frame));
  }

  binary(frame: unknown): void {
    if (!this.isClosed) this.listener.onBinary(encode(frame));
  }

  close(code: number, reason = ''): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener.onClose(code, reason);
  }
}

/** A room's log and the bridge protocol over it, in memory: what `interface.md` says, no more. */
export class FakeGateway {
  epoch = 'e1';
  offset = 0;
  private log: Row[] = [];
  sessions: FakeSession[] = [];
  /** Whether new transports open; or how they fail. */
  accepts: boolean | { readonly code: number; readonly reason: string } = true;
  /** Whether pings are answered. */
  answersPings = true;
  /** How a `send` is answered. */
  onSend: (frame: Record<string, unknown>, session: FakeSession) => void = (frame, session) => {
    session.text({
      type: 'rec',
      address: frame['replyAddress'],
      body: { commandId: `c-${String(frame['replyAddress'])}` },
    });
  };
  attempts = 0;
  private readonly room: string;

  constructor(room = 'celery:tasks') {
    this.room = room;
  }

  get open(): FakeSession {
    const session = this.sessions.find((each) => !each.isClosed);
    if (!session) throw new Error('no open session');
    return session;
  }

  transport(
    options: { readonly name?: Transport['name']; readonly isBinary?: boolean } = {},
  ): TransportFactory {
    return (listener) => {
      this.attempts += 1;
      let session: FakeSession | undefined;
      const transport: Transport = {
        name: options.name ?? 'websocket',
        isBinary: options.isBinary ?? true,
        send: (text) => {
          // As on a network, an answer never comes before the caller has gone on.
          queueMicrotask(() => {
            if (session && !session.isClosed) this.onFrame(session, text);
          });
        },
        close: () => {
          if (session) session.isClosed = true;
          this.sessions = this.sessions.filter((each) => each !== session);
        },
      };
      queueMicrotask(() => {
        const { accepts } = this;
        if (accepts === true) {
          session = new FakeSession(listener, transport);
          this.sessions.push(session);
          listener.onOpen(transport);
        } else if (accepts === false) listener.onClose(1006, '');
        else listener.onClose(accepts.code, accepts.reason);
      });
      return transport;
    };
  }

  /** Publishes rows and tells every session that is registered. */
  publish(...states: readonly (readonly [string, string])[]): void {
    const from = this.offset + 1;
    const updates = states.map(([uuid, state]) => this.append(uuid, state));
    for (const session of this.sessions) {
      const at = session.rooms.get(this.room);
      if (!at) continue;
      at.position = this.offset;
      this.sendBatch(session, from, this.offset, updates, false);
    }
  }

  append(uuid: string, state: string): Update {
    this.offset += 1;
    const update: Update = {
      type: 'task_update',
      data: { uuid, state, offset: this.offset },
      timestamp: 1_700_000_000,
    };
    this.log.push({ offset: this.offset, update });
    return update;
  }

  sendBatch(
    session: FakeSession,
    from: number,
    offset: number,
    updates: readonly Update[],
    conflated: boolean,
  ): void {
    const { epoch, room } = this;
    if (session.rooms.get(room)?.encoding === 'msgpack') {
      session.binary([1, room, epoch, from, offset, conflated, updates]);
    } else {
      session.text({
        type: 'rec',
        address: room,
        body: {
          type: 'batch_update',
          room,
          epoch,
          from,
          offset,
          count: updates.length,
          conflated,
          updates,
        },
      });
    }
  }

  /** The room's view: the latest row of each task. */
  view(): Map<string, string> {
    const view = new Map<string, string>();
    for (const { update } of this.log) {
      if (update.type === 'task_update') view.set(update.data.uuid, update.data.state);
    }
    return view;
  }

  tasks(): Task[] {
    const tasks = new Map<string, Task>();
    for (const { update } of this.log) {
      if (update.type === 'task_update') tasks.set(update.data.uuid, update.data);
    }
    return [...tasks.values()];
  }

  /** Forgets what is older, as the bounded log does. The view is told by snapshots only then. */
  firstKept = 1;
  trimTo(offset: number): void {
    this.firstKept = Math.max(this.firstKept, Math.min(offset, this.offset + 1));
  }

  /** A new incarnation of the stream: the same tasks under a new epoch. */
  renew(epoch: string): void {
    const rows = this.tasks();
    this.epoch = epoch;
    this.offset = 0;
    this.log = [];
    this.firstKept = 1;
    for (const row of rows) this.append(row.uuid, row.state);
    this.firstKept = this.offset + 1;
  }

  updatesAfter(offset: number): readonly Update[] {
    return this.log.filter((row) => row.offset > offset).map((row) => row.update);
  }

  private canRecover(position: string | undefined): number | undefined {
    const [epoch, text] = (position ?? '').split(':');
    const offset = Number(text);
    if (epoch !== this.epoch || !Number.isFinite(offset) || position === undefined)
      return undefined;
    return offset >= this.firstKept - 1 && offset <= this.offset ? offset : undefined;
  }

  private onFrame(session: FakeSession, text: string): void {
    const frame = JSON.parse(text) as Record<string, unknown>;
    session.received.push(frame);
    const address = String(frame['address'] ?? '');
    switch (frame['type']) {
      case 'ping':
        if (this.answersPings) session.text({ type: 'pong', timestamp: frame['timestamp'] });
        break;
      case 'unregister':
        session.rooms.delete(address);
        break;
      case 'register':
        this.register(session, address, (frame['headers'] ?? {}) as Record<string, string>);
        break;
      case 'send':
        this.onSend(frame, session);
        break;
    }
  }

  private register(session: FakeSession, room: string, headers: Record<string, string>): void {
    const encoding = headers['encoding'] === 'msgpack' ? 'msgpack' : 'json';
    const from = this.canRecover(headers['position']);
    session.rooms.set(room, { encoding, position: this.offset });
    session.text({
      type: 'registered',
      address: room,
      body: {
        position: `${this.epoch}:${from ?? this.offset}`,
        recovered: from !== undefined,
        encoding,
      },
    });
    if (from !== undefined) {
      const missed = this.updatesAfter(from);
      if (missed.length > 0) this.sendBatch(session, from + 1, this.offset, missed, false);
    } else if (headers['snapshot'] === 'all') this.sendSnapshot(session);
  }

  private sendSnapshot(session: FakeSession): void {
    const tasks = this.tasks();
    const parts = Math.max(1, Math.ceil(tasks.length / 3));
    for (let part = 1; part <= parts; part += 1) {
      const some = tasks.slice((part - 1) * 3, part * 3);
      const { epoch, offset, room } = this;
      if (session.rooms.get(room)?.encoding === 'msgpack') {
        session.binary([2, room, epoch, offset, part, parts, some]);
      } else {
        session.text({
          type: 'rec',
          address: room,
          body: { type: 'snapshot', room, epoch, offset, part, parts, tasks: some },
        });
      }
    }
  }

  /** The long-poll of the REST interface. */
  readonly fetch: FetchLike = (url) => {
    const query = new URL(url).searchParams;
    const from = this.canRecover(query.get('position') ?? undefined);
    const body = {
      position: `${this.epoch}:${this.offset}`,
      recovered: from !== undefined,
      updates: from === undefined ? [] : this.updatesAfter(from),
    };
    return Promise.resolve(
      new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } }),
    );
  };
}
