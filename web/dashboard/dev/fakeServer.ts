/**
 * A gateway for development: serves `dist` with the strict CSP and speaks the contract over a
 * made-up Celery. `node --import tsx dev/fakeServer.ts [port] [tasksPerSecond]`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { WebSocketServer, type WebSocket } from 'ws';
import { Simulation, type Row, type WireUpdate } from './simulation';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data:";
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

interface Session {
  readonly socket: WebSocket;
  readonly rooms: Map<string, { encoding: string; position: number }>;
}

interface Command {
  commandId: string;
  msgId: string | undefined;
  status: string;
  reason?: string;
  task?: string;
  kind: string;
  at: number;
}

export interface FakeServerOptions {
  readonly port: number;
  /** New tasks per second. */
  readonly rate: number;
  /** Tasks there from the start. */
  readonly initial?: number;
  /** Every so-manyth revoke is refused by the worker. */
  readonly refuseEvery?: number;
}

export function startFakeServer(options: FakeServerOptions) {
  const sim = new Simulation();
  const sessions = new Set<Session>();
  const commands = new Map<string, Command>();
  let revokes = 0;
  let pending: WireUpdate[] = [];
  let isRefusing = false;

  for (let index = 0; index < (options.initial ?? 300); index += 1) {
    sim.create();
    const row = [...sim.tasks.values()].at(-1);
    let steps = index % 5;
    for (let at: Row | undefined = row; at && steps > 0; steps -= 1) {
      sim.advance(at);
      at = sim.tasks.get(at.uuid);
    }
  }
  sim.createGroup(24);
  sim.createGroup(60);

  const send = (session: Session, room: string, frame: unknown[], json: unknown): void => {
    const encoding = session.rooms.get(room)?.encoding;
    if (encoding === 'msgpack') {
      const bytes = Buffer.from(encode(frame));
      session.socket.send(bytes.length > 1_024 ? gzipSync(bytes, { level: 1 }) : bytes);
    } else {
      session.socket.send(JSON.stringify({ type: 'rec', address: room, body: json }));
    }
  };

  const inRoom = (room: string, update: WireUpdate): boolean => {
    if (room === 'celery:tasks') return true;
    const [, kind, ...rest] = room.split(':');
    const key = rest.join(':');
    if (kind === 'commands') return update.type === 'command_update';
    if (kind === 'task') {
      return update.data['uuid'] === key || update.data['task'] === key || update.type === 'gap';
    }
    if (kind === 'queue') return update.type === 'task_update' && update.data['queue'] === key;
    if (kind === 'group') {
      return update.data['group_id'] === key || update.data['root_id'] === key;
    }
    return false;
  };

  const sendFrom = (session: Session, room: string, from: number, until: number): void => {
    const rows = sim.log.filter((entry) => entry.offset > from && entry.offset <= until);
    const updates = rows.map((entry) => entry.update).filter((update) => inRoom(room, update));
    for (let at = 0, start = from; at < Math.max(1, updates.length); at += 50) {
      const part = updates.slice(at, at + 50);
      const isLast = at + 50 >= updates.length;
      const last = part.at(-1);
      const end = isLast || !last ? until : (rows.find((e) => e.update === last)?.offset ?? until);
      if (part.length > 0) {
        send(session, room, [1, room, sim.epoch, start + 1, end, false, part], {
          type: 'batch_update',
          room,
          epoch: sim.epoch,
          from: start + 1,
          offset: end,
          count: part.length,
          conflated: false,
          updates: part,
        });
      }
      start = end;
    }
    const at = session.rooms.get(room);
    if (at && updates.length > 0) at.position = until;
  };

  const latest = (room: string): WireUpdate[] =>
    (room === 'celery:queues' ? sim.queues() : sim.workers()).map((data) => ({
      type: room === 'celery:queues' ? 'queue_depth' : 'worker_update',
      data,
      timestamp: Simulation.now(),
    }));

  const sendLatest = (session: Session, room: string): void => {
    const updates = latest(room);
    send(session, room, [1, room, '', 0, 0, false, updates], {
      type: 'batch_update',
      room,
      epoch: '',
      from: 0,
      offset: 0,
      count: updates.length,
      conflated: false,
      updates,
    });
  };

  const isLatestRoom = (room: string): boolean =>
    room === 'celery:queues' || room === 'celery:workers';

  const flush = setInterval(() => {
    pending = [];
    for (const session of sessions) {
      for (const [room, at] of session.rooms) {
        if (!isLatestRoom(room) && at.position < sim.offset) {
          sendFrom(session, room, at.position, sim.offset);
        }
      }
    }
  }, 100);

  const latestTimer = setInterval(() => {
    for (const session of sessions) {
      for (const room of session.rooms.keys()) if (isLatestRoom(room)) sendLatest(session, room);
    }
  }, 2_000);

  const perTick = options.rate / 10;
  let owed = 0;
  const work = setInterval(() => {
    owed += perTick;
    while (owed >= 1) {
      owed -= 1;
      pending.push(sim.create());
    }
    const open = [...sim.tasks.values()].filter(
      (task) => !['SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED'].includes(task.state),
    );
    const moves = Math.ceil(perTick * 3.2);
    for (let index = 0; index < moves; index += 1) {
      const row = open[Math.floor(Math.random() * Math.random() * open.length)];
      const fresh = row && sim.tasks.get(row.uuid);
      if (fresh) pending.push(...sim.advance(fresh));
    }
    if (Math.random() < 0.004) sim.createGroup(12);
  }, 100);

  const settle = (command: Command, run: () => string | undefined): void => {
    setTimeout(() => {
      const failed = run();
      command.status = failed === undefined ? 'confirmed' : 'failed';
      if (failed !== undefined) command.reason = failed;
      const { commandId, msgId, status, reason, task } = command;
      sim.append('command_update', { commandId, msgId, status, reason, task });
    }, 600);
  };

  const accept = (kind: string, msgId: string | undefined, task?: string): Command => {
    const known = [...commands.values()].find(
      (c) => msgId !== undefined && c.msgId === msgId && c.task === task,
    );
    if (known) return known;
    const command: Command = {
      commandId: randomUUID(),
      msgId,
      status: 'accepted',
      kind,
      at: Simulation.now(),
      ...(task === undefined ? {} : { task }),
    };
    commands.set(command.commandId, command);
    sim.append('command_update', {
      commandId: command.commandId,
      msgId,
      status: 'accepted',
      task,
    });
    return command;
  };

  const revoke = (uuid: string, msgId: string | undefined): Command => {
    const command = accept('revoke', msgId, uuid);
    revokes += 1;
    const isRefused = revokes % (options.refuseEvery ?? 4) === 0;
    settle(command, () => {
      if (isRefused) return 'no-answer';
      const row = sim.tasks.get(uuid);
      if (row && !['SUCCESS', 'FAILURE'].includes(row.state)) {
        sim.put({ ...row, state: 'REVOKED', revoked: Simulation.now() }, 'task-revoked');
      }
      return undefined;
    });
    return command;
  };

  const retry = (uuid: string, msgId: string | undefined): Command => {
    const row = sim.tasks.get(uuid);
    const copy = sim.create(
      row ? { name: row['name'], queue: row['queue'], args: row['args'] } : {},
    );
    const command = accept('retry', msgId, String(copy.data['uuid']));
    settle(command, () => undefined);
    return command;
  };

  const answerOf = (command: Command) => ({ commandId: command.commandId, taskId: command.task });

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      problem(response, 500, String(error));
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = decodeURIComponent(url.pathname);
    if (isRefusing) {
      request.socket.destroy();
      return;
    }
    if (path === '/health') {
      response.end('ok');
      return;
    }
    if (!path.startsWith('/api/')) {
      serve(path, response);
      return;
    }
    const body = request.method === 'POST' ? await readJson(request) : {};
    const key = request.headers['idempotency-key'];
    const msgId = typeof key === 'string' ? key : undefined;
    const query = url.searchParams;
    if (request.method === 'GET') {
      let match: RegExpMatchArray | null;
      if (path === '/api/v1/tasks') {
        json(response, 200, listTasks(query));
      } else if ((match = /^\/api\/v1\/tasks\/([^/]+)$/.exec(path))) {
        const row = sim.tasks.get(match[1] ?? '');
        if (row) {
          json(response, 200, {
            ...row,
            timeline: (sim.timelines.get(row.uuid) ?? []).map((e) => ({
              type: e.event,
              timestamp: e.at,
              hostname: e.worker,
            })),
            children: [],
          });
        } else problem(response, 404, 'no such task');
      } else if (path === '/api/v1/workers') json(response, 200, { workers: sim.workers() });
      else if (path === '/api/v1/queues') json(response, 200, { queues: sim.queues() });
      else if ((match = /^\/api\/v1\/groups\/([^/]+)$/.exec(path))) {
        const id = match[1] ?? '';
        const members = sim.groups.get(id)
          ? [...(sim.groups.get(id) ?? [])].flatMap((u) => sim.tasks.get(u) ?? [])
          : [...sim.tasks.values()].filter((t) => t.uuid === id || t['root_id'] === id);
        json(response, 200, { ...sim.group(id), tasks: members });
      } else if (path === '/api/v1/stats') {
        const states: Record<string, number> = {};
        for (const task of sim.tasks.values()) states[task.state] = (states[task.state] ?? 0) + 1;
        json(response, 200, { states, sessions: sessions.size });
      } else if (path === '/api/v1/limits') {
        json(response, 200, {
          version: 3,
          since: Simulation.now() - 4_000,
          limits: { 'permits-per-second': 10, 'batch-size': 50, 'flush-interval': '100 ms' },
          error: null,
        });
      } else if ((match = /^\/api\/v1\/commands\/([^/]+)$/.exec(path))) {
        const command = commands.get(match[1] ?? '');
        if (command) json(response, 200, command);
        else problem(response, 404, 'no such command');
      } else if ((match = /^\/api\/v1\/rooms\/([^/]+)\/publications$/.exec(path))) {
        await publications(match[1] ?? '', query, response);
      } else problem(response, 404, 'not there yet');
      return;
    }
    let match: RegExpMatchArray | null;
    if (path === '/api/v1/session') {
      json(response, 200, { user: 'anonymous', role: 'admin', csrfToken: '' });
    } else if ((match = /^\/api\/v1\/tasks\/([^/]+)\/revoke$/.exec(path))) {
      json(response, 202, answerOf(revoke(match[1] ?? '', msgId)));
    } else if ((match = /^\/api\/v1\/tasks\/([^/]+)\/retry$/.exec(path))) {
      json(response, 202, answerOf(retry(match[1] ?? '', msgId)));
    } else if ((match = /^\/api\/v1\/tasks\/(revoke|retry)$/.exec(path))) {
      const act = match[1] === 'revoke' ? revoke : retry;
      const uuids = Array.isArray(body['uuids']) ? (body['uuids'] as string[]) : [];
      json(response, 202, { commands: uuids.map((uuid) => answerOf(act(uuid, msgId))) });
    } else if (path === '/api/v1/tasks') {
      const made = sim.create({ name: body['name'], args: body['args'] });
      const command = accept('trigger', msgId, String(made.data['uuid']));
      settle(command, () => undefined);
      json(response, 202, answerOf(command));
    } else if ((match = /^\/api\/v1\/queues\/([^/]+)\/(pause|resume|purge)$/.exec(path))) {
      const queue = match[1] ?? '';
      const act = match[2] ?? '';
      const command = accept(act, msgId);
      settle(command, () => {
        if (act === 'pause') sim.paused.add(queue);
        else if (act === 'resume') sim.paused.delete(queue);
        else sim.depth.set(queue, 0);
        return undefined;
      });
      json(response, 202, answerOf(command));
    } else if ((match = /^\/api\/v1\/workers\/([^/]+)\/([a-z-]+)$/.exec(path))) {
      const command = accept(match[2] ?? '', msgId);
      settle(command, () => undefined);
      json(response, 202, answerOf(command));
    } else problem(response, 404, 'not there yet');
  }

  function listTasks(query: URLSearchParams) {
    const limit = Math.min(1_000, Number(query.get('limit') ?? 100));
    const skip = Number(query.get('cursor') ?? 0);
    const q = query.get('q');
    const rows = [...sim.tasks.values()]
      .reverse()
      .filter(
        (task) =>
          (!query.get('state') || (query.get('state') ?? '').split(',').includes(task.state)) &&
          (!query.get('name') || task['name'] === query.get('name')) &&
          (!query.get('worker') || task['worker'] === query.get('worker')) &&
          (!query.get('queue') || task['queue'] === query.get('queue')) &&
          (!q || JSON.stringify(task).includes(q)),
      );
    return {
      position: `${sim.epoch}:${sim.offset}`,
      total: rows.length,
      tasks: rows.slice(skip, skip + limit),
      next: skip + limit < rows.length ? String(skip + limit) : null,
    };
  }

  async function publications(room: string, query: URLSearchParams, response: ServerResponse) {
    if (isLatestRoom(room)) {
      json(response, 200, { position: ':0', recovered: false, updates: latest(room) });
      return;
    }
    const [epoch, offset] = (query.get('position') ?? '').split(':');
    const from = Number(offset);
    const first = sim.log[0]?.offset ?? 1;
    if (epoch !== sim.epoch || from < first - 1) {
      json(response, 200, {
        position: `${sim.epoch}:${sim.offset}`,
        recovered: false,
        updates: [],
      });
      return;
    }
    const until = Date.now() + Number(query.get('wait') ?? 0) * 1_000;
    while (sim.offset === from && Date.now() < until) await new Promise((r) => setTimeout(r, 100));
    const rows = sim.log.filter((e) => e.offset > from).slice(0, 1_000);
    json(response, 200, {
      position: `${sim.epoch}:${rows.at(-1)?.offset ?? from}`,
      recovered: true,
      updates: rows.map((e) => e.update).filter((u) => inRoom(room, u)),
    });
  }

  function serve(path: string, response: ServerResponse): void {
    let file = normalize(join(DIST, path));
    if (!file.startsWith(DIST) || !existsSync(file) || statSync(file).isDirectory()) {
      file = join(DIST, 'index.html');
    }
    response.setHeader('Content-Security-Policy', CSP);
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  }

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (isRefusing || request.url !== '/eventbus/websocket') {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session: Session = { socket: webSocket, rooms: new Map() };
      sessions.add(session);
      webSocket.on('close', () => sessions.delete(session));
      webSocket.on('message', (data: Buffer) => {
        onFrame(session, JSON.parse(data.toString()) as Record<string, unknown>);
      });
    });
  });

  function onFrame(session: Session, frame: Record<string, unknown>): void {
    const room = String(frame['address'] ?? '');
    const headers = (frame['headers'] ?? {}) as Record<string, string>;
    switch (frame['type']) {
      case 'ping':
        if (frame['timestamp'] !== undefined) {
          session.socket.send(JSON.stringify({ type: 'pong', timestamp: frame['timestamp'] }));
        }
        break;
      case 'unregister':
        session.rooms.delete(room);
        break;
      case 'register': {
        const [epoch, offset] = (headers['position'] ?? '').split(':');
        const from = Number(offset);
        const first = sim.log[0]?.offset ?? 1;
        const recovered =
          !isLatestRoom(room) && epoch === sim.epoch && from >= first - 1 && from <= sim.offset;
        const encoding = headers['encoding'] === 'msgpack' ? 'msgpack' : 'json';
        session.rooms.set(room, { encoding, position: recovered ? from : sim.offset });
        session.socket.send(
          JSON.stringify({
            type: 'registered',
            address: room,
            body: {
              position: isLatestRoom(room) ? ':0' : `${sim.epoch}:${recovered ? from : sim.offset}`,
              recovered,
              encoding,
            },
          }),
        );
        if (isLatestRoom(room)) sendLatest(session, room);
        break;
      }
      case 'send': {
        const body = (frame['body'] ?? {}) as Record<string, unknown>;
        if (room === 'celery.revoke') {
          const command = revoke(String(body['uuid']), headers['msgId']);
          session.socket.send(
            JSON.stringify({
              type: 'rec',
              address: frame['replyAddress'],
              body: answerOf(command),
            }),
          );
        }
        break;
      }
    }
  }

  server.listen(options.port, '127.0.0.1');
  return {
    server,
    sim,
    /** Drops every connection and takes no new one until `false`. */
    setRefusing(value: boolean): void {
      isRefusing = value;
      if (value) for (const session of sessions) session.socket.terminate();
    },
    async stop(): Promise<void> {
      clearInterval(flush);
      clearInterval(latestTimer);
      clearInterval(work);
      for (const session of sessions) session.socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, detail: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify({ type: 'about:blank', title: 'Error', status, detail }));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8090);
  const fake = startFakeServer({ port, rate: Number(process.argv[3] ?? 5) });
  console.log(`http://127.0.0.1:${port}`);
  process.on('SIGUSR1', () => {
    fake.setRefusing(true);
  });
  process.on('SIGUSR2', () => {
    fake.setRefusing(false);
  });
  process.on('SIGTERM', () => {
    void fake.stop().then(() => process.exit(0));
  });
}
