// Clients of the drop test, each with its server's own client library under its defaults; they keep when
// each message came. Arguments: which (apfa, apfa-5, socketio, socketio-plain, ws), port, clients, messages to come.
// Told on stdin, one command a line, one JSON line of answer each: "behind N" (how many clients have
// nothing from message N on) and "report N N:AT,…" (messages published; for each drop the last message
// before the link was up again, and when that was).
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { io } from 'socket.io-client';
import WebSocket from 'ws';
import { RealtimeClient, webSocketTransport, webSocketUrl } from '../../../../web/client/dist/index.js';

const [which, port, count, messages] = process.argv.slice(2).map((text, i) => (i === 0 ? text : Number(text)));
const CONNECTS_PER_100_MS = 40;
const began = Date.now();

/** Milliseconds from the beginning at which each client had each message; 0: not yet. */
const arrived = Array.from({ length: count }, () => new Uint32Array(messages + 1));
const latest = new Uint32Array(count);
/** How far each client was shown what the server numbers: offsets of ours, else the messages themselves. */
const shown = new Float64Array(count);
const seen = { duplicated: 0, outOfOrder: 0, later: 0, opened: 0, notRecovered: 0, errors: 0 };

function note(client, uuid, offset) {
  const number = Number(uuid.slice(-12));
  const place = offset ?? number;
  const isKnown = arrived[client][number] !== 0;
  if (place > shown[client]) {
    shown[client] = place;
    // a task that nobody ends is doubted after a while, which is an update of its own
    if (isKnown) seen.later += 1;
  } else if (isKnown) {
    seen.duplicated += 1;
  } else {
    seen.outOfOrder += 1;
  }
  if (!isKnown) arrived[client][number] = Date.now() - began + 1;
  latest[client] = Math.max(latest[client], number);
}

/** Our client, as a page has it: one room, no position to begin with. */
function ours(client, ready, connection) {
  const baseUrl = `http://127.0.0.1:${port}/`;
  const session = new RealtimeClient({
    baseUrl,
    transports: [webSocketTransport(webSocketUrl(baseUrl), (url) => new WebSocket(url))],
    connection,
  });
  session.on('opened', () => (seen.opened += 1));
  session.on('error', () => (seen.errors += 1));
  const room = session.room('celery:tasks');
  room.on('live', ready);
  room.on('discontinuity', () => (seen.notRecovered += 1));
  room.on('task_update', ({ uuid, offset }) => note(client, uuid, offset));
  session.start();
}

function socketIo(client, ready) {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true });
  let isFirst = true;
  socket.on('connect', () => {
    seen.opened += 1;
    if (!isFirst && !socket.recovered) seen.notRecovered += 1;
    isFirst = false;
    ready();
  });
  socket.on('m', (text) => note(client, JSON.parse(text).uuid));
}

/** Nothing but a socket, which comes back as socket.io's client does. */
function bare(client, ready) {
  let attempt = 0;
  const connect = () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.on('open', () => {
      attempt = 0;
      seen.opened += 1;
      ready();
    });
    socket.on('message', (text) => note(client, JSON.parse(text).uuid));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const delay = Math.min(1_000 * 2 ** attempt, 5_000) * (0.5 + Math.random());
      attempt += 1;
      setTimeout(connect, delay);
    });
  };
  connect();
}

const libraries = {
  apfa: (client, ready) => ours(client, ready, {}),
  'apfa-5': (client, ready) => ours(client, ready, { healthyAfterMs: 5_000 }),
  socketio: socketIo,
  'socketio-plain': socketIo,
  ws: bare,
};

const sorted = (values) => [...values].sort((a, b) => a - b);
const at = (values, fraction) => values[Math.floor((values.length - 1) * fraction)] ?? -1;

/** When `client` had the first message from `number` on: all before it, if none was lost. */
function reached(client, number) {
  let next = number;
  while (next <= messages && arrived[client][next] === 0) next += 1;
  return next > messages ? undefined : began + arrived[client][next] - 1;
}

const commands = {
  behind(number) {
    return { behind: latest.filter((each) => each < Number(number)).length };
  },
  report(published, drops) {
    let delivered = 0;
    for (const times of arrived) for (const time of times) if (time !== 0) delivered += 1;
    const expected = count * Number(published);
    const each = [];
    const all = [];
    let never = 0;
    for (const drop of drops.split(',')) {
      const [number, up] = drop.split(':').map(Number);
      let last = 0;
      for (let client = 0; client < count; client += 1) {
        const time = reached(client, number);
        if (time === undefined) {
          never += 1;
          continue;
        }
        each.push(time - up);
        last = Math.max(last, time - up);
      }
      all.push(last);
    }
    const { user, system } = process.cpuUsage();
    return {
      // never rounded up to what it is not
      delivered_percent: Math.floor((delivered / expected) * 10_000) / 100,
      lost: expected - delivered,
      duplicated: seen.duplicated,
      out_of_order: seen.outOfOrder,
      all_caught_up_median_ms: at(sorted(all), 0.5),
      all_caught_up_worst_ms: at(sorted(all), 1),
      client_caught_up_median_ms: at(sorted(each), 0.5),
      client_caught_up_p99_ms: at(sorted(each), 0.99),
      never_caught_up: never,
      reconnects: seen.opened - count,
      not_recovered: seen.notRecovered,
      later_updates: seen.later,
      errors: seen.errors,
      clients_cpu_seconds: Math.round((user + system) / 1e4) / 100,
    };
  },
};

const ready = new Set();
for (let client = 0; client < count; client += 1) {
  libraries[which](client, () => ready.add(client));
  if (client % CONNECTS_PER_100_MS === CONNECTS_PER_100_MS - 1) await wait(100);
}
while (ready.size < count) await wait(50);
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ ready: count });
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...rest] = line.split(' ');
  say(commands[name](...rest));
}
process.exit(0);
