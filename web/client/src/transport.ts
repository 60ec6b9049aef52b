/** One network connection, as the client sees it. */
export interface Transport {
  readonly name: TransportName;
  /** Whether binary frames may arrive. */
  readonly isBinary: boolean;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type TransportName = 'websocket' | 'sockjs' | 'tab';

/** What a transport tells; after `onClose` it tells nothing more. */
export interface TransportListener {
  onOpen(transport: Transport): void;
  onText(text: string): void;
  onBinary(bytes: Uint8Array): void;
  onClose(code: number, reason: string): void;
}

/** Starts connecting at once; `close` on the returned transport gives up. */
export type TransportFactory = (listener: TransportListener) => Transport;

/** The part of the browser's `WebSocket` that is used. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type OpenWebSocket = (url: string) => WebSocketLike;

/** The raw WebSocket path of the bridge, where binary frames are possible. */
export function webSocketTransport(
  url: string,
  open: OpenWebSocket = openNative,
): TransportFactory {
  return (listener) => {
    const socket = open(url);
    socket.binaryType = 'arraybuffer';
    let isOver = false;
    const transport: Transport = {
      name: 'websocket',
      isBinary: true,
      send(text) {
        if (socket.readyState === 1) socket.send(text);
      },
      close(code = 1000, reason = '') {
        if (isOver) return;
        end();
        try {
          socket.close(code, reason);
        } catch {
          // A browser may refuse the code; the socket is dropped all the same.
          socket.close();
        }
      },
    };
    const end = (): void => {
      isOver = true;
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      // A handler stays: some sockets treat an error without one as fatal.
      socket.onerror = () => undefined;
    };
    socket.onopen = () => {
      listener.onOpen(transport);
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') listener.onText(data);
      else if (data instanceof ArrayBuffer) listener.onBinary(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      end();
      listener.onClose(code, reason);
    };
    socket.onerror = () => undefined;
    return transport;
  };
}

function openNative(url: string): WebSocketLike {
  return new WebSocket(url) as unknown as WebSocketLike;
}

/** The address of the raw WebSocket beside `baseUrl`; an `https:` page always gets `wss:`. */
export function webSocketUrl(baseUrl: string, path = '/eventbus/websocket'): string {
  const url = new URL(path, baseUrl);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return url.toString();
}
