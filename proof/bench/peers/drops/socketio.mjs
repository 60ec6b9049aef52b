// socket.io 4, WebSocket only, with its connection state recovery or as it comes: POST /pub goes to everyone in
// one room. Usage: socketio.mjs PORT [recovery]
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const ROOM = 'tasks';
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    io.to(ROOM).emit('m', Buffer.concat(parts).toString());
    response.end();
  });
});
const recovery = { connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: true } };
const io = new Server(server, {
  transports: ['websocket'],
  ...(process.argv[3] === 'recovery' ? recovery : {}),
});
io.on('connection', (socket) => socket.join(ROOM));
server.listen(Number(process.argv[2]), '127.0.0.1', 4096);
