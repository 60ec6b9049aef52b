// Runs in a page, after the stock sockjs-client and @vertx/eventbus-bridge-client.js: one stock
// event bus for each kind of transport, all in the room of tasks. What they see is in apfaStock.
globalThis.apfaStock = { buses: {}, states: {}, unasked: [], ends: [], replies: [] };
for (const transport of ['websocket', 'xhr-streaming', 'xhr-polling']) {
  const bus = new EventBus('/eventbus', { transports: [transport] });
  bus.onerror = (error) => apfaStock.unasked.push(error);
  bus.onopen = () => {
    bus.registerHandler('celery:tasks', (error, message) => {
      if (error || message.type !== 'rec') {
        apfaStock.unasked.push(error ?? message);
        return;
      }
      for (const { type, data } of message.body.updates) {
        if (type === 'task_update') apfaStock.states[transport][data.uuid] = data.state;
      }
    });
    bus.onclose = ({ code, reason }) => apfaStock.ends.push(`${transport} ${code} ${reason}`);
    apfaStock.states[transport] = {};
    apfaStock.buses[transport] = bus;
  };
}
apfaStock.send = (transport, address, body) => {
  apfaStock.buses[transport].send(address, body, { msgId: crypto.randomUUID() }, (error, reply) =>
    apfaStock.replies.push(error ?? reply.body),
  );
};
