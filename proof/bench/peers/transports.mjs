// Sessions of our browser client over one transport, or of a page that only polls: how old each task
// update is when the application gets it. Arguments: transport, port, sessions.
// Told on stdin, one command a line, one JSON line of answer each: "begin" (count from now on), "figures".
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  DEFAULT_BACKOFF,
  MAP_DECODERS,
  RealtimeClient,
  columnsDecoder,
  sockJsTransport,
  sockJsUrl,
  webSocketTransport,
  webSocketUrl,
} from '../../../web/client/dist/index.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const require = createRequire(join(root, 'web', 'package.json'));
const WebSocket = require('ws');
const SockJs = require('sockjs-client');

const [transport, port, sessions] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const baseUrl = `http://127.0.0.1:${port}/`;
const POLL_MS = 5_000;

let ages = [];
let cpu = process.cpuUsage();
let errors = 0;
let polls = 0;

function note(task) {
  ages.push(Date.now() - task.timestamp * 1_000);
}

/** `sockjs-client` held to one of its own transports. */
const sockJs = (name) => ({
  transports: [
    sockJsTransport(sockJsUrl(baseUrl), () =>
      Promise.resolve(function Held(url, reserved, options) {
        return new SockJs(url, reserved, { ...options, transports: [name] });
      }),
    ),
  ],
});
const webSocket = { transports: [webSocketTransport(webSocketUrl(baseUrl), (url) => new WebSocket(url))] };
const options = {
  websocket: webSocket,
  'websocket-columns': {
    ...webSocket,
    encoding: 'msgpack-columns',
    decoders: { ...MAP_DECODERS, 'msgpack-columns': columnsDecoder },
  },
  'sockjs-websocket': sockJs('websocket'),
  'sockjs-xhr-streaming': sockJs('xhr-streaming'),
  'sockjs-xhr-polling': sockJs('xhr-polling'),
  // no transport at all: the client follows its rooms by HTTP
  'long-poll': { transports: [], connection: { backoff: { ...DEFAULT_BACKOFF, maxAttempts: 0 } } },
};

/** A session of our client; resolves once its room is live. */
function follow() {
  return new Promise((resolve) => {
    const client = new RealtimeClient({ baseUrl, ...options[transport] });
    client.on('error', () => (errors += 1));
    const room = client.room('celery:tasks');
    room.on('live', resolve);
    room.on('task_update', note);
    client.start();
  });
}

/** A page without push: reads the list every five seconds and sees what is new in it. */
async function poll() {
  const seen = new Map();
  let isFirst = true;
  await wait(Math.random() * POLL_MS);
  let due = performance.now();
  for (;;) {
    try {
      const answer = await fetch(new URL('/api/v1/tasks?limit=1000', baseUrl));
      polls += 1;
      for (const task of (await answer.json()).tasks) {
        if ((seen.get(task.uuid) ?? 0) >= task.offset) continue;
        seen.set(task.uuid, task.offset);
        // what was there before the page is no news
        if (!isFirst) note(task);
      }
      isFirst = false;
    } catch {
      errors += 1;
    }
    due += POLL_MS;
    await wait(Math.max(0, due - performance.now()));
  }
}

const commands = {
  begin() {
    ages = [];
    errors = 0;
    polls = 0;
    cpu = process.cpuUsage();
    return { begun: true };
  },
  figures() {
    const { user, system } = process.cpuUsage(cpu);
    const sorted = Float64Array.from(ages).sort();
    const at = (fraction) => Math.round(sorted[Math.floor((sorted.length - 1) * fraction)] ?? -1);
    return {
      updates_seen: sorted.length,
      mean_ms: Math.round((sorted.reduce((sum, age) => sum + age, 0) / sorted.length) * 10) / 10,
      p50_ms: at(0.5),
      p95_ms: at(0.95),
      p99_ms: at(0.99),
      max_ms: at(1),
      client_cpu_seconds: (user + system) / 1e6,
      errors,
      polls,
    };
  },
};

if (transport === 'poll-5s') {
  for (let i = 0; i < sessions; i += 1) void poll();
} else {
  for (let i = 0; i < sessions; i += 1) await follow();
}
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ ready: sessions });
for await (const line of createInterface({ input: process.stdin })) say(commands[line]());
process.exit(0);
