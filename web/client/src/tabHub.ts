import { decodeBinary, decodeText } from './decode';
import { Inbox } from './inbox';
import { formatPosition, parsePosition } from './position';
import { MAP_DECODERS, isRecord, type RoomDecoder } from './roomDecoder';
import type { Transport, TransportFactory } from './transport';
import type { Batch, ServerFrame } from './types';

/** A frame as it goes from tab to tab. */
export type RawFrame = string | Uint8Array;

/** What the hub tells the tabs. */
export interface HubEvents {
  onOpen(tabs: readonly string[], isBinary: boolean): void;
  onFrame(tabs: readonly string[], frame: RawFrame): void;
  onClose(tabs: readonly string[], code: number, reason: string): void;
}

interface HubRoom {
  readonly members: Set<string>;
  /** The tabs whose registrations are not answered yet, in the order they were sent. */
  askers: string[];
  /** The tab that a snapshot under way is for. */
  snapshotFor: string | undefined;
  encoding: string;
  epoch: string;
  offset: number;
  /** The latest frames, for tabs that join a little behind. */
  recent: { readonly from: number; readonly offset: number; readonly frame: RawFrame }[];
}

const MAX_RECENT = 200;

/**
 * Lets the tabs of a browser share one transport: it speaks the bridge's protocol to each of them as
 * a gateway would, so a client need not know. A room is registered once; a tab that joins it later is
 * served from the latest frames where these reach back far enough, else the room is registered anew
 * from that tab's position, and the other tabs drop what they have already.
 */
export class TabHub {
  private readonly tabs = new Set<string>();
  private readonly rooms = new Map<string, HubRoom>();
  private readonly replies = new Map<string, string>();
  private upstream: Transport | undefined;
  private isOpen = false;
  private inbox: Inbox<{ readonly frame: ServerFrame; readonly raw: RawFrame }> | undefined;
  private readonly decoder: RoomDecoder | undefined = MAP_DECODERS.msgpack?.();

  constructor(
    private readonly open: TransportFactory,
    private readonly events: HubEvents,
  ) {}

  get tabCount(): number {
    return this.tabs.size;
  }

  attach(tab: string): void {
    this.tabs.add(tab);
    if (this.isOpen && this.upstream) this.events.onOpen([tab], this.upstream.isBinary);
    else if (!this.upstream) this.connect();
  }

  detach(tab: string): void {
    if (!this.tabs.delete(tab)) return;
    for (const [name, room] of this.rooms) if (room.members.has(tab)) this.leave(tab, name, room);
    if (this.tabs.size === 0) this.close();
  }

  close(): void {
    this.inbox?.close();
    this.upstream?.close(1000, '');
    this.reset();
    this.tabs.clear();
  }

  /** A frame of a tab's client. */
  onTabFrame(tab: string, text: string): void {
    const frame: unknown = JSON.parse(text);
    if (!isRecord(frame) || !this.upstream) return;
    const address = String(frame['address'] ?? '');
    switch (frame['type']) {
      case 'register':
        this.register(tab, address, (frame['headers'] ?? {}) as Record<string, string>);
        break;
      case 'unregister': {
        const room = this.rooms.get(address);
        if (room) this.leave(tab, address, room);
        break;
      }
      case 'send':
        this.replies.set(String(frame['replyAddress'] ?? ''), tab);
        this.upstream.send(text);
        break;
      default:
        this.upstream.send(text);
    }
  }

  private connect(): void {
    const inbox = new Inbox<{ readonly frame: ServerFrame; readonly raw: RawFrame }>(
      ({ frame, raw }) => {
        this.onFrame(frame, raw);
      },
      () => {
        // What cannot be read cannot be shared: the tabs begin again, each from its position.
        this.upstream?.close(1000, '');
        this.lose(1006, 'unreadable frame');
      },
    );
    this.inbox = inbox;
    this.upstream = this.open({
      onOpen: (transport) => {
        this.upstream = transport;
        this.isOpen = true;
        this.events.onOpen([...this.tabs], transport.isBinary);
      },
      onText: (raw) => {
        inbox.push(() => ({ frame: decodeText(raw), raw }));
      },
      onBinary: (raw) => {
        inbox.push(() => {
          const { decoder } = this;
          if (!decoder) throw new Error('no msgpack decoder');
          const decoded = decodeBinary(raw, () => decoder);
          return decoded instanceof Promise
            ? decoded.then((frame) => ({ frame, raw }))
            : { frame: decoded, raw };
        });
      },
      onClose: (code, reason) => {
        this.lose(code, reason);
      },
    });
  }

  private lose(code: number, reason: string): void {
    const tabs = [...this.tabs];
    this.inbox?.close();
    this.reset();
    this.tabs.clear();
    this.events.onClose(tabs, code, reason);
  }

  private reset(): void {
    this.upstream = undefined;
    this.isOpen = false;
    this.rooms.clear();
    this.replies.clear();
  }

  private register(tab: string, name: string, headers: Record<string, string>): void {
    const room = this.rooms.get(name);
    if (room && this.serveLocally(tab, name, room, headers)) return;
    const next: HubRoom = room ?? {
      members: new Set(),
      askers: [],
      snapshotFor: undefined,
      encoding: 'json',
      epoch: '',
      offset: 0,
      recent: [],
    };
    if (room) this.upstream?.send(JSON.stringify({ type: 'unregister', address: name }));
    next.members.add(tab);
    next.askers.push(tab);
    next.recent = [];
    this.rooms.set(name, next);
    // Deltas need every frame from the first: what is shared must be readable by itself.
    const encoding = headers['encoding'] === 'msgpack-columns' ? 'msgpack' : headers['encoding'];
    this.upstream?.send(
      JSON.stringify({
        type: 'register',
        address: name,
        headers: { ...headers, ...(encoding === undefined ? {} : { encoding }) },
      }),
    );
  }

  /** Answers a registration from what the room has, if that is enough. */
  private serveLocally(
    tab: string,
    name: string,
    room: HubRoom,
    headers: Record<string, string>,
  ): boolean {
    // Latest values come whole with every registration, so each tab needs one of its own.
    if (room.askers.length > 0 || room.epoch === '') return false;
    const asked =
      headers['position'] === undefined ? undefined : parsePosition(headers['position']);
    if (asked === undefined) {
      if ((headers['snapshot'] ?? 'none') !== 'none') return false;
      room.members.add(tab);
      this.tellRegistered(tab, name, room, { epoch: room.epoch, offset: room.offset }, false);
      return true;
    }
    const oldest = room.recent[0]?.from ?? room.offset + 1;
    if (asked.epoch !== room.epoch || asked.offset < oldest - 1 || asked.offset > room.offset) {
      return false;
    }
    room.members.add(tab);
    this.tellRegistered(tab, name, room, asked, true);
    for (const { offset, frame } of room.recent) {
      if (offset > asked.offset) this.events.onFrame([tab], frame);
    }
    return true;
  }

  private tellRegistered(
    tab: string,
    name: string,
    room: HubRoom,
    position: { readonly epoch: string; readonly offset: number },
    recovered: boolean,
  ): void {
    const body = { position: formatPosition(position), recovered, encoding: room.encoding };
    this.events.onFrame([tab], JSON.stringify({ type: 'registered', address: name, body }));
  }

  private leave(tab: string, name: string, room: HubRoom): void {
    room.members.delete(tab);
    if (room.members.size > 0) return;
    this.rooms.delete(name);
    this.upstream?.send(JSON.stringify({ type: 'unregister', address: name }));
  }

  private onFrame(frame: ServerFrame, raw: RawFrame): void {
    switch (frame.kind) {
      case 'registered': {
        const room = this.rooms.get(frame.room);
        if (!room) return;
        const at = parsePosition(frame.position);
        room.encoding = frame.encoding;
        room.epoch = at?.epoch ?? '';
        room.offset = at?.offset ?? 0;
        room.recent = [];
        const asker = room.askers.shift();
        room.snapshotFor = asker;
        // Unasked: the stream could not go on, and every member has to know.
        this.events.onFrame(asker === undefined ? [...room.members] : [asker], raw);
        break;
      }
      case 'batch':
        this.onBatch(frame, raw);
        break;
      case 'snapshot': {
        const room = this.rooms.get(frame.room);
        if (!room) return;
        const only = room.snapshotFor;
        this.events.onFrame(only === undefined ? [...room.members] : [only], raw);
        break;
      }
      case 'reply':
        this.answer(frame.address, raw);
        break;
      case 'failure':
        this.onFailure(frame.address, raw);
        break;
      case 'pong':
        this.events.onFrame([...this.tabs], raw);
        break;
      default:
        frame satisfies never;
    }
  }

  private onBatch(batch: Batch, raw: RawFrame): void {
    const room = this.rooms.get(batch.room);
    if (!room) return;
    if (batch.epoch !== '') {
      room.epoch = batch.epoch;
      room.offset = Math.max(room.offset, batch.offset);
      room.recent.push({ from: batch.from, offset: batch.offset, frame: raw });
      if (room.recent.length > MAX_RECENT) room.recent.shift();
    }
    this.events.onFrame([...room.members], raw);
  }

  private answer(address: string, raw: RawFrame): boolean {
    const tab = this.replies.get(address);
    if (tab === undefined) return false;
    this.replies.delete(address);
    this.events.onFrame([tab], raw);
    return true;
  }

  private onFailure(address: string | undefined, raw: RawFrame): void {
    if (address !== undefined && this.answer(address, raw)) return;
    const room = address === undefined ? undefined : this.rooms.get(address);
    this.events.onFrame(room ? [...room.members] : [...this.tabs], raw);
    if (room && address !== undefined) this.rooms.delete(address);
  }
}
