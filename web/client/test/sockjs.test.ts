import { describe, expect, it } from 'vitest';
import { sockJsTransport, sockJsUrl, webSocketUrl, type Transport } from '../src/index';
import type { SockJsLike } from '../src/sockjs';
import { settle } from './manual';

class FakeSockJs implements SockJsLike {
  static latest: FakeSockJs;
  onopen: SockJsLike['onopen'] = null;
  onmessage: SockJsLike['onmessage'] = null;
  onclose: SockJsLike['onclose'] = null;
  readonly sent: string[] = [];
  closed = false;

  constructor(
    readonly url: string,
    _reserved: unknown,
    readonly options?: { transports?: string[] },
  ) {
    FakeSockJs.latest = this;
  }

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
  }
}

describe('sockJsTransport', () => {
  it('should load the package only when it is tried, and pass frames both ways', async () => {
    let loads = 0;
    const factory = sockJsTransport('http://g.test/eventbus', () => {
      loads += 1;
      return Promise.resolve(FakeSockJs);
    });
    expect(loads).toBe(0);
    const log: string[] = [];
    let opened: Transport | undefined;
    factory({
      onOpen: (transport) => (opened = transport),
      onText: (text) => log.push(text),
      onBinary: () => log.push('binary'),
      onClose: (code, reason) => log.push(`${code} ${reason}`),
    });
    await settle();
    FakeSockJs.latest.onopen?.();
    expect(opened?.isBinary).toBe(false);
    opened?.send('hello');
    FakeSockJs.latest.onmessage?.({ data: '{"type":"pong"}' });
    FakeSockJs.latest.onclose?.({ code: 3000, reason: 'Go away!' });
    expect(FakeSockJs.latest.sent).toEqual(['hello']);
    expect(FakeSockJs.latest.options?.transports).toEqual([
      'websocket',
      'xhr-streaming',
      'xhr-polling',
    ]);
    expect(log).toEqual(['{"type":"pong"}', '3000 Go away!']);
  });

  it('should fail like a transport when the package cannot be loaded', async () => {
    const codes: number[] = [];
    sockJsTransport('http://g.test/eventbus', () => Promise.reject(new Error('blocked')))({
      onOpen: () => undefined,
      onText: () => undefined,
      onBinary: () => undefined,
      onClose: (code) => codes.push(code),
    });
    await settle();
    expect(codes).toEqual([1006]);
  });
});

describe('addresses', () => {
  it('should use wss from an https page', () => {
    expect(webSocketUrl('https://a.test/tasks?x=1')).toBe('wss://a.test/eventbus/websocket');
    expect(webSocketUrl('http://a.test:8080/')).toBe('ws://a.test:8080/eventbus/websocket');
    expect(sockJsUrl('wss://a.test/')).toBe('https://a.test/eventbus');
  });
});
