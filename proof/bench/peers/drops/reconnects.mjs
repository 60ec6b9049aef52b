// When our client tries again while nobody answers, in real time: after each failed attempt, and until it takes to
// polling. Arguments: port where nobody listens, clients. Told "report" on stdin, it answers in one line of
// JSON once all clients poll: for each attempt the least, median and longest delay since the one before.
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { RealtimeClient, webSocketTransport, webSocketUrl } from '../../../../web/client/dist/index.js';

const [port, count] = process.argv.slice(2).map(Number);
const attempts = Array.from({ length: count }, () => []);
const polling = [];

const all = Array.from({ length: count }, (_, client) => {
  const baseUrl = `http://127.0.0.1:${port}/`;
  const connect = (url) => {
    // later ones are looks for a WebSocket while polling
    if (polling[client] === undefined) attempts[client].push(Date.now());
    return new WebSocket(url);
  };
  return new Promise((done) => {
    const session = new RealtimeClient({
      baseUrl,
      transports: [webSocketTransport(webSocketUrl(baseUrl), connect)],
    });
    session.on('error', () => undefined);
    session.on('status', ({ phase }) => {
      if (phase.at === 'polling' && polling[client] === undefined) {
        polling[client] = Date.now();
        done();
      }
    });
    session.start();
  });
});

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const seconds = (ms) => Math.round(ms / 10) / 100;

/** Least, median and longest. */
function spread(name, values) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    [`${name}_least`]: seconds(sorted[0]),
    [`${name}_median`]: seconds(sorted[Math.floor((sorted.length - 1) / 2)]),
    [`${name}_most`]: seconds(sorted.at(-1)),
  };
}

say({ ready: count });
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'report') continue;
  await Promise.all(all);
  const most = Math.max(...attempts.map((times) => times.length));
  const answer = { attempts: most - 1, attempts_of_all: Math.min(...attempts.map((times) => times.length)) - 1 };
  for (let attempt = 1; attempt < most; attempt += 1) {
    const tried = attempts.filter((times) => times.length > attempt);
    Object.assign(
      answer,
      spread(`delay_${attempt}`, tried.map((times) => times[attempt] - times[attempt - 1])),
      spread(`since_${attempt}`, tried.map((times) => times[attempt] - times[0])),
    );
  }
  say(Object.assign(answer, spread('polling', polling.map((time, client) => time - attempts[client][0]))));
}
process.exit(0);
