import { Connection, type ConnectionOptions, type ConnectionPhase } from './connection';
import { Emitter } from './emitter';
import {
  newId,
  pageSignals,
  systemTimers,
  type PageSignals,
  type Timers,
  type Unsubscribe,
} from './environment';
import { NotConnected } from './errors';
import { Http, type FetchLike } from './http';
import { Poller } from './poller';
import { Requests, type RequestOptions } from './requests';
import { Room, type RoomHandle, type RoomOptions } from './room';
import { MAP_DECODERS, type RoomDecoder, type RoomDecoders } from './roomDecoder';
import {
  webSocketTransport,
  webSocketUrl,
  type TransportFactory,
  type TransportName,
} from './transport';
import type { Encoding, Failure, ServerFrame } from './types';

export type LinkState = 'live' | 'recovering' | 'polling' | 'offline';

/** The truth about the connection, for people. Times are epoch milliseconds. */
export interface LinkStatus {
  readonly state: LinkState;
  readonly reason: string;
  readonly since: number;
  readonly phase: ConnectionPhase;
}

export interface ClientEvents {
  status: LinkStatus;
  /** Round trip of a ping in milliseconds. */
  roundTrip: number;
  missedPong: undefined;
  /** The connection ended after so many milliseconds. */
  lost: { readonly code: number; readonly openMs: number };
  opened: { readonly transport: string };
  /** A frame that could not be read, or a listener's own error. */
  error: unknown;
}

export interface ClientOptions {
  /** Where the gateway is: any URL of it; the page's own by default. */
  readonly baseUrl?: string;
  /** Encoding to ask for on binary transports. Default `msgpack`. */
  readonly encoding?: Encoding;
  readonly decoders?: RoomDecoders;
  /** Default: the raw WebSocket. Add `sockJsTransport()` as the second. */
  readonly transports?: readonly TransportFactory[];
  readonly timers?: Timers;
  readonly page?: PageSignals;
  readonly fetch?: FetchLike;
  /** A token for `Authorization`; `isFresh` asks for a new one. Not needed with the cookie. */
  readonly token?: (isFresh: boolean) => Promise<string> | string;
  readonly httpHeaders?: () => Readonly<Record<string, string>>;
  readonly requests?: RequestOptions;
  readonly connection?: Pick<
    ConnectionOptions,
    'backoff' | 'heartbeat' | 'connectTimeoutMs' | 'healthyAfterMs' | 'binary'
  >;
  /** How long a room stays registered after its last subscriber left. Default 2,000 ms. */
  readonly lingerMs?: number;
}

const TRANSPORT_WORDS: Readonly<Record<TransportName, string>> = {
  websocket: 'connected by WebSocket',
  sockjs: 'connected by SockJS',
  tab: 'connected by the WebSocket this browser shares',
};

/** After so many frames that could not be read, rooms are asked for as JSON. */
const MAX_BAD_FRAMES = 3;

/**
 * The session a page owns across connections: rooms with their positions, messages with answers.
 * Rooms are registered again at their positions after every loss; when no transport works they are
 * followed by HTTP, and nothing is lost in either change.
 */
export class RealtimeClient {
  readonly http: Http;
  private readonly timers: Timers;
  private readonly page: PageSignals;
  private readonly emitter = new Emitter<ClientEvents>();
  private readonly rooms = new Map<string, Room>();
  private readonly lingering = new Map<string, () => void>();
  private readonly decoders = new Map<string, RoomDecoder>();
  private readonly connection: Connection;
  private readonly requests: Requests;
  private readonly poller: Poller;
  private status: LinkStatus;
  private isBinary = false;
  private isPollOk = true;
  private authorization: string | undefined;
  private isTokenStale = false;
  private lag: number | undefined;
  private badFrames = 0;
  private stopPageWatch: () => void = () => undefined;

  constructor(private readonly options: ClientOptions = {}) {
    this.timers = options.timers ?? systemTimers;
    this.page = options.page ?? pageSignals();
    const baseUrl = options.baseUrl ?? (typeof location === 'undefined' ? '' : location.href);
    this.http = new Http(baseUrl, {
      ...(options.fetch ? { fetch: options.fetch } : {}),
      headers: () => ({
        ...(this.authorization === undefined ? {} : { Authorization: this.authorization }),
        ...options.httpHeaders?.(),
      }),
    });
    this.connection = new Connection(
      {
        transports: options.transports ?? [webSocketTransport(webSocketUrl(baseUrl))],
        timers: this.timers,
        page: this.page,
        decoderOf: (room) => this.decoderOf(room),
        lagMs: () => this.lag,
        ...options.connection,
      },
      {
        onPhase: (phase) => {
          this.onPhase(phase);
        },
        onOpen: (transport) => {
          this.isBinary = transport.isBinary;
          this.emitter.emit('opened', { transport: transport.name });
          void this.registerAll();
        },
        onFrame: (frame) => {
          this.onFrame(frame);
        },
        onLost: (code, openMs) => {
          for (const room of this.rooms.values()) room.detach();
          this.emitter.emit('lost', { code, openMs });
        },
        onTokenExpired: () => {
          this.isTokenStale = true;
        },
        onFrameError: (error) => {
          this.emitter.emit('error', error);
          this.badFrames += 1;
          // What the frame said is unknown: every room asks again from where it stands.
          for (const room of this.rooms.values()) this.register(room);
        },
        onRoundTrip: (ms) => {
          this.emitter.emit('roundTrip', ms);
        },
        onMissedPong: () => {
          this.emitter.emit('missedPong', undefined);
        },
      },
    );
    this.requests = new Requests(
      this.timers,
      (text) => this.connection.send(text),
      options.requests,
    );
    this.poller = new Poller(this.http, this.timers, {
      onRegistered: (frame) => {
        const room = this.rooms.get(frame.room);
        if (room && !(frame.recovered && room.isLive)) room.take(room.rules.onRegistered(frame));
      },
      onBatch: (batch) => {
        this.onFrame(batch);
      },
      onAnswer: (isOk) => {
        this.isPollOk = isOk;
        this.refreshStatus();
      },
    });
    this.status = this.judge();
  }

  get link(): LinkStatus {
    return this.status;
  }

  /** Milliseconds from the close of the latest batch at the server to its arrival here. */
  get lagMs(): number | undefined {
    return this.lag;
  }

  get heartbeatIntervalMs(): number {
    return this.connection.heartbeatIntervalMs;
  }

  on<K extends keyof ClientEvents>(
    type: K,
    listener: (value: ClientEvents[K]) => void,
  ): Unsubscribe {
    return this.emitter.on(type, listener);
  }

  start(): void {
    this.stopPageWatch = this.page.onChange(() => {
      this.refreshStatus();
    });
    void this.loadToken().then(() => {
      this.connection.start();
    });
  }

  stop(): void {
    this.stopPageWatch();
    this.connection.stop();
    this.poller.stop();
    this.requests.close();
    for (const cancel of this.lingering.values()) cancel();
    this.lingering.clear();
  }

  reconnectNow(): void {
    this.connection.reconnectNow();
  }

  /** Leaves the transport for polling, for a while. */
  usePolling(reason: string): void {
    this.connection.usePolling(reason);
  }

  /** Subscribes to a room; the registration is shared by all subscribers of the same name. */
  room(name: string, options: RoomOptions = {}): RoomHandle {
    this.lingering.get(name)?.();
    this.lingering.delete(name);
    const known = this.rooms.get(name);
    if (known) return known.subscribe(options, false);
    const room = new Room(name, options, this.roomOwner, (error) => {
      this.emitter.emit('error', error);
    });
    this.rooms.set(name, room);
    const handle = room.subscribe(options, true);
    this.register(room);
    this.poller.add({ room: name, position: () => room.positionText });
    return handle;
  }

  /** Sends a message that must be answered; see `Requests`. */
  send(
    address: string,
    body: unknown,
    options: { readonly msgId?: string } = {},
  ): Promise<unknown> {
    if (this.connection.phase.at === 'stopped') return Promise.reject(new NotConnected());
    return this.requests.send(
      options.msgId ?? newId(this.timers),
      address,
      body,
      this.authHeaders(),
    );
  }

  private readonly roomOwner = {
    register: (room: Room): void => {
      this.register(room);
    },
    release: (room: Room): void => {
      const lingerMs = this.options.lingerMs ?? 2_000;
      this.lingering.get(room.name)?.();
      this.lingering.set(
        room.name,
        this.timers.after(lingerMs, () => {
          this.lingering.delete(room.name);
          if (!room.isAbandoned || this.rooms.get(room.name) !== room) return;
          this.rooms.delete(room.name);
          this.decoders.delete(room.name);
          this.poller.remove(room.name);
          this.connection.send(JSON.stringify({ type: 'unregister', address: room.name }));
          this.refreshStatus();
        }),
      );
    },
    onProgress: (): void => {
      this.refreshStatus();
    },
  };

  private async registerAll(): Promise<void> {
    if (this.isTokenStale) await this.loadToken();
    if (this.connection.phase.at !== 'open') return;
    for (const room of this.rooms.values()) this.transmitRegister(room, false);
    this.refreshStatus();
  }

  /** Registers a room if there is a transport; a room that recovers leaves it first. */
  private register(room: Room): void {
    if (this.connection.phase.at === 'open') this.transmitRegister(room, room.isRegistered);
    this.refreshStatus();
  }

  private transmitRegister(room: Room, isAgain: boolean): void {
    if (isAgain) this.connection.send(JSON.stringify({ type: 'unregister', address: room.name }));
    const headers: Record<string, string> = {
      encoding: this.encoding(),
      ...this.authHeaders(),
    };
    const position = room.positionText;
    if (position !== undefined) headers['position'] = position;
    if (room.wish !== 'none') headers['snapshot'] = room.wish;
    room.join();
    this.connection.send(JSON.stringify({ type: 'register', address: room.name, headers }));
  }

  /** JSON where binary frames cannot come, or came and could not be read again and again. */
  private encoding(): Encoding {
    if (!this.isBinary || this.badFrames >= MAX_BAD_FRAMES) return 'json';
    return this.options.encoding ?? 'msgpack';
  }

  private onFrame(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'batch': {
        const last = frame.updates[frame.updates.length - 1];
        if (last && frame.epoch !== '') {
          this.lag = Math.max(0, this.timers.now() - last.timestamp * 1_000);
        }
        const room = this.rooms.get(frame.room);
        if (room) room.take(room.rules.onBatch(frame));
        break;
      }
      case 'snapshot': {
        const room = this.rooms.get(frame.room);
        if (room) room.take(room.rules.onSnapshot(frame));
        break;
      }
      case 'registered': {
        this.setDecoder(frame.room, frame.encoding);
        const room = this.rooms.get(frame.room);
        if (room) room.take(room.rules.onRegistered(frame));
        break;
      }
      case 'reply':
        this.requests.onReply(frame);
        break;
      case 'failure':
        this.onFailure(frame);
        break;
      case 'pong':
        break;
      default:
        frame satisfies never;
    }
  }

  private onFailure(frame: Failure): void {
    if (frame.type === 'DISCONNECT' || this.requests.onFailure(frame)) return;
    const room = frame.address === undefined ? undefined : this.rooms.get(frame.address);
    room?.onRefused(frame.code, frame.message);
    this.refreshStatus();
  }

  private onPhase(phase: ConnectionPhase): void {
    if (phase.at === 'polling') {
      this.poller.start(
        [...this.rooms.values()].map((room) => ({
          room: room.name,
          position: () => room.positionText,
        })),
      );
    } else {
      this.poller.stop();
      this.isPollOk = true;
    }
    this.refreshStatus();
  }

  private decoderOf(room: string): RoomDecoder {
    const decoder = this.decoders.get(room);
    if (decoder) return decoder;
    return this.setDecoder(room, 'msgpack');
  }

  private setDecoder(room: string, encoding: string): RoomDecoder {
    const decoders = this.options.decoders ?? MAP_DECODERS;
    const make = decoders[encoding as Encoding] ?? MAP_DECODERS.msgpack;
    if (!make) throw new NotConnected(`no decoder for ${encoding}`);
    const decoder = make();
    this.decoders.set(room, decoder);
    return decoder;
  }

  private authHeaders(): Record<string, string> {
    return this.authorization === undefined ? {} : { Authorization: this.authorization };
  }

  private async loadToken(): Promise<void> {
    if (!this.options.token) return;
    try {
      this.authorization = `Bearer ${await this.options.token(this.isTokenStale)}`;
      this.isTokenStale = false;
    } catch (error) {
      this.emitter.emit('error', error);
    }
  }

  private refreshStatus(): void {
    const next = this.judge();
    const { status } = this;
    const isSame =
      status.state === next.state && status.reason === next.reason && status.phase === next.phase;
    if (isSame) return;
    this.status = status.state === next.state ? { ...next, since: status.since } : next;
    this.emitter.emit('status', this.status);
  }

  private judge(): LinkStatus {
    const { phase } = this.connection;
    const since = this.timers.now();
    const say = (state: LinkState, reason: string): LinkStatus => ({
      state,
      reason,
      since,
      phase,
    });
    if (phase.at !== 'stopped' && !this.page.isOnline()) {
      return say('offline', 'this device has no network');
    }
    switch (phase.at) {
      case 'stopped':
        return say('offline', phase.reason);
      case 'connecting':
        return say('recovering', phase.attempt === 0 ? 'connecting' : `attempt ${phase.attempt}`);
      case 'waiting':
        return say('recovering', phase.reason);
      case 'polling':
        return this.isPollOk
          ? say('polling', phase.reason)
          : say('offline', 'the server does not answer');
      case 'open': {
        const behind = [...this.rooms.values()].filter((room) => room.isBehind).length;
        return behind === 0
          ? say('live', TRANSPORT_WORDS[phase.transport])
          : say('recovering', `catching up in ${behind} ${behind === 1 ? 'room' : 'rooms'}`);
      }
      default:
        return phase satisfies never;
    }
  }
}
