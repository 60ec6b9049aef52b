import type { Transport, TransportFactory } from './transport';

/** The part of `sockjs-client` that is used. */
export interface SockJsLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  readonly transport?: string;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type SockJsConstructor = new (
  url: string,
  reserved?: unknown,
  options?: { transports?: string[]; timeout?: number },
) => SockJsLike;

/** `sockjs-client`, loaded when it is first needed. */
export type LoadSockJs = () => Promise<SockJsConstructor>;

const loadPackage: LoadSockJs = async () =>
  (await import('sockjs-client')).default as unknown as SockJsConstructor;

/** Carried by every network that lets HTTP through, in the order they are tried. */
const TRANSPORTS = ['websocket', 'xhr-streaming', 'xhr-polling'];

/** The address of the SockJS endpoint beside `baseUrl`. */
export function sockJsUrl(baseUrl: string, path = '/eventbus'): string {
  const url = new URL(path, baseUrl);
  if (url.protocol === 'wss:') url.protocol = 'https:';
  if (url.protocol === 'ws:') url.protocol = 'http:';
  return url.toString();
}

/**
 * The SockJS fallbacks: for networks that break WebSockets. Text only, so rooms come as JSON. The
 * package is loaded when this transport is first tried and not before.
 */
export function sockJsTransport(url: string, load: LoadSockJs = loadPackage): TransportFactory {
  return (listener) => {
    let socket: SockJsLike | undefined;
    let isOver = false;
    const transport: Transport = {
      name: 'sockjs',
      isBinary: false,
      send(text) {
        if (!isOver) socket?.send(text);
      },
      close(code = 1000, reason = '') {
        if (isOver) return;
        isOver = true;
        if (!socket) return;
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close(code, reason);
      },
    };
    const closed = (code: number, reason: string): void => {
      if (isOver) return;
      isOver = true;
      listener.onClose(code, reason);
    };
    load().then(
      (SockJs) => {
        if (isOver) return;
        socket = new SockJs(url, undefined, { transports: TRANSPORTS, timeout: 8_000 });
        socket.onopen = () => {
          if (!isOver) listener.onOpen(transport);
        };
        socket.onmessage = ({ data }) => {
          if (!isOver && typeof data === 'string') listener.onText(data);
        };
        socket.onclose = ({ code, reason }) => {
          closed(code, reason);
        };
      },
      () => {
        closed(1006, 'sockjs-client could not be loaded');
      },
    );
    return transport;
  };
}
