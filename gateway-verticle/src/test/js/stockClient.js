// Drives the stock event-bus client over the stock SockJS client: node stockClient.js URL TRANSPORT.
// Prints one JSON line for each thing it sees; the test reads them.
const EventBus = require('@vertx/eventbus-bridge-client.js');

const [url, transport] = process.argv.slice(2);
const say = (what, detail) => console.log(JSON.stringify({ what, detail }));

for (const level of ['warn', 'error']) {
  console[level] = (...args) => say('console', args.map(String).join(' '));
}

const bus = new EventBus(url, {
  transports: [transport],
  vertxbus_ping_interval: 300,
});
bus.enableReconnect(true);
bus.onopen = () => {
  say('open');
  bus.registerHandler('celery:tasks', (error, message) => {
    if (error) say('room-error', error);
    else say(message.type === 'rec' ? 'batch' : `unasked ${message.type}`, message.body);
  });
  bus.send('celery.revoke', { uuid: 'u1' }, { msgId: 'stock-1' }, (error, reply) => {
    say(error ? 'refused' : 'accepted', error || reply.body);
  });
  bus.send('celery.nothing', {}, {}, (error) => {
    say('unknown-address', error);
  });
};
bus.onclose = () => say('close');
bus.onreconnect = () => say('reconnect');
process.stdin.on('end', () => process.exit(0)).resume();
