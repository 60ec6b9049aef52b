import { decode as decodeMsgpack } from '@msgpack/msgpack';
import { BadFrame } from './errors';
import { MAX_INFLATED_BYTES, inflateNatively, isGzip, type Inflate } from './inflate';
import { asTasks, asUpdates, isRecord, type RoomDecoder } from './roomDecoder';
import type { ServerFrame } from './types';

const BATCH = 1;
const SNAPSHOT = 2;

/** Reads one text frame of the event-bus bridge. */
export function decodeText(text: string): ServerFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new BadFrame('text frame: not JSON');
  }
  if (!isRecord(frame)) throw new BadFrame('text frame: not an object');
  const address = typeof frame['address'] === 'string' ? frame['address'] : undefined;
  switch (frame['type']) {
    case 'pong':
      return {
        kind: 'pong',
        timestamp: typeof frame['timestamp'] === 'number' ? frame['timestamp'] : undefined,
      };
    case 'registered':
      return decodeRegistered(address, frame['body']);
    case 'err':
      return {
        kind: 'failure',
        address,
        code: typeof frame['failureCode'] === 'number' ? frame['failureCode'] : 500,
        type: typeof frame['failureType'] === 'string' ? frame['failureType'] : 'INTERNAL',
        message: typeof frame['message'] === 'string' ? frame['message'] : '',
      };
    case 'rec':
    case 'message':
      return decodeBody(address, frame['body']);
    default:
      throw new BadFrame(`text frame: unknown type ${JSON.stringify(frame['type'])}`);
  }
}

/** Reads the JSON body of a batch or a snapshot, as bridge frames and long-polls carry it. */
function decodeBody(address: string | undefined, body: unknown): ServerFrame {
  if (isRecord(body) && body['type'] === 'batch_update') {
    return {
      kind: 'batch',
      room: text(body['room'] ?? address, 'room'),
      epoch: text(body['epoch'], 'epoch'),
      from: whole(body['from'], 'from'),
      offset: whole(body['offset'], 'offset'),
      conflated: body['conflated'] === true,
      updates: asUpdates(body['updates']),
    };
  }
  if (isRecord(body) && body['type'] === 'snapshot') {
    return {
      kind: 'snapshot',
      room: text(body['room'] ?? address, 'room'),
      epoch: text(body['epoch'], 'epoch'),
      offset: whole(body['offset'], 'offset'),
      part: whole(body['part'], 'part'),
      parts: whole(body['parts'], 'parts'),
      tasks: asTasks(body['tasks']),
    };
  }
  if (address === undefined) throw new BadFrame('rec: no address');
  return { kind: 'reply', address, body };
}

function decodeRegistered(address: string | undefined, body: unknown): ServerFrame {
  if (!isRecord(body)) throw new BadFrame('registered: no body');
  return {
    kind: 'registered',
    room: text(address, 'address'),
    position: typeof body['position'] === 'string' ? body['position'] : '',
    recovered: body['recovered'] === true,
    encoding: typeof body['encoding'] === 'string' ? body['encoding'] : 'json',
  };
}

/** What a binary frame needs to be read: which decoder its room has. */
export type DecoderOfRoom = (room: string) => RoomDecoder;

/** Reads one binary frame that is not compressed. */
export function decodePlain(bytes: Uint8Array, decoderOf: DecoderOfRoom): ServerFrame {
  let frame: unknown;
  try {
    frame = decodeMsgpack(bytes);
  } catch (error) {
    throw new BadFrame(`binary frame: ${error instanceof Error ? error.message : 'not msgpack'}`);
  }
  if (!Array.isArray(frame)) throw new BadFrame('binary frame: not an array');
  const fields = frame as unknown[];
  const room = text(fields[1], 'room');
  switch (fields[0]) {
    case BATCH:
      return {
        kind: 'batch',
        room,
        epoch: text(fields[2], 'epoch'),
        from: whole(fields[3], 'from'),
        offset: whole(fields[4], 'offset'),
        conflated: fields[5] === true,
        updates: decoderOf(room).updates(fields[6], whole(fields[3], 'from')),
      };
    case SNAPSHOT:
      return {
        kind: 'snapshot',
        room,
        epoch: text(fields[2], 'epoch'),
        offset: whole(fields[3], 'offset'),
        part: whole(fields[4], 'part'),
        parts: whole(fields[5], 'parts'),
        tasks: decoderOf(room).tasks(fields[6]),
      };
    default:
      throw new BadFrame(`binary frame: unknown kind ${String(fields[0])}`);
  }
}

export interface BinaryOptions {
  readonly inflate?: Inflate;
  readonly maxInflatedBytes?: number;
}

/** Reads a binary frame: at once when plain, in its own time when compressed. */
export function decodeBinary(
  bytes: Uint8Array,
  decoderOf: DecoderOfRoom,
  options: BinaryOptions = {},
): ServerFrame | Promise<ServerFrame> {
  if (!isGzip(bytes)) return decodePlain(bytes, decoderOf);
  const inflate = options.inflate ?? inflateNatively;
  return inflate(bytes, options.maxInflatedBytes ?? MAX_INFLATED_BYTES).then((plain) =>
    decodePlain(plain, decoderOf),
  );
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new BadFrame(`${field}: expected text`);
  return value;
}

function whole(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new BadFrame(`${field}: expected a whole number >= 0`);
  }
  return value;
}
