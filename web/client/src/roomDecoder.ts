import { BadFrame } from './errors';
import type { Encoding, Task, Update } from './types';

/**
 * Turns the payload of a binary frame into updates. One per room and registration, because an
 * encoding with deltas must remember what it has seen; a new registration gets a new one.
 */
export interface RoomDecoder {
  /** `firstOffset` is the frame's `from`: rows without an offset of their own count from it. */
  updates(raw: unknown, firstOffset: number): readonly Update[];
  tasks(raw: unknown): readonly Task[];
}

export type RoomDecoderFactory = () => RoomDecoder;

/** The encodings that can be read, best first is up to the caller. `json` needs no decoder. */
export type RoomDecoders = Partial<Record<Encoding, RoomDecoderFactory>>;

/** `msgpack`: the payload holds the same maps as JSON does. */
const mapDecoder: RoomDecoder = {
  updates(raw) {
    return asUpdates(raw);
  },
  tasks(raw) {
    return asTasks(raw);
  },
};

export const MAP_DECODERS: RoomDecoders = { json: () => mapDecoder, msgpack: () => mapDecoder };

export function asUpdates(raw: unknown): readonly Update[] {
  if (!Array.isArray(raw)) throw new BadFrame('updates: not an array');
  for (const update of raw as unknown[]) {
    if (!isRecord(update) || typeof update['type'] !== 'string' || !isRecord(update['data'])) {
      throw new BadFrame('update: expected {type, data, timestamp}');
    }
  }
  return raw as Update[];
}

export function asTasks(raw: unknown): readonly Task[] {
  if (!Array.isArray(raw)) throw new BadFrame('tasks: not an array');
  for (const task of raw as unknown[]) {
    if (!isRecord(task) || typeof task['uuid'] !== 'string') {
      throw new BadFrame('task: expected a map with a uuid');
    }
  }
  return raw as Task[];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
