import { WebSocket as NodeWebSocket, WebSocketServer } from 'ws';
import { encode } from '@msgpack/msgpack';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RealtimeClient, webSocketTransport, type WebSocketLike } from '../src/index';

describe('a real WebSocket', () => {
  it('should carry text, binary and compressed frames', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const update = (offset: number, args: string) => ({
      type: 'task_update',
      data: { uuid: 'u', state: 'STARTED', args, offset },
      timestamp: Date.now() / 1000,
    });
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString()) as { type: string };
        if (frame.type !== 'register') return;
        socket.send(
          JSON.stringify({
            type: 'registered',
            address: 'r',
            body: { position: 'e:0', recovered: false, encoding: 'msgpack' },
          }),
        );
        socket.send(encode([1, 'r', 'e', 1, 1, false, [update(1, 'x')]]));
        socket.send(gzipSync(encode([1, 'r', 'e', 2, 2, false, [update(2, 'y'.repeat(5_000))]])));
        socket.send(encode([1, 'r', 'e', 3, 3, false, [update(3, 'z')]]));
      });
    });
    const client = new RealtimeClient({
      baseUrl: `http://127.0.0.1:${port}/`,
      transports: [
        webSocketTransport(
          `ws://127.0.0.1:${port}/eventbus/websocket`,
          (url) => new NodeWebSocket(url) as unknown as WebSocketLike,
        ),
      ],
    });
    const seen: number[] = [];
    const done = new Promise<void>((resolve) => {
      client.room('r').on('task_update', (task) => {
        seen.push(task.offset);
        if (seen.length === 3) resolve();
      });
    });
    client.start();
    await done;
    expect(seen).toEqual([1, 2, 3]);
    client.stop();
    await new Promise((resolve) => server.close(resolve));
  });
});
