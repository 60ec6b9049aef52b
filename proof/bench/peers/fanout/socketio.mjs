// Fan-out by socket.io 4, WebSocket only: POST /pub goes to everyone. Usage: socketio.mjs PORT
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    io.emit('m', Buffer.concat(parts).toString('latin1'));
    response.end();
  });
});
// The load client answers no pings: none come during a run.
const io = new Server(server, {
  transports: ['websocket'],
  perMessageDeflate: false,
  pingInterval: 600_000,
});
server.listen(Number(process.argv[2]), '127.0.0.1', 4096);
