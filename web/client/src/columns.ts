import { BadFrame } from './errors';
import { isRecord, type RoomDecoder } from './roomDecoder';
import type { Task, Update } from './types';

/**
 * `msgpack-columns`: fields as columns, references back to what earlier frames of a generation said.
 * The normative text is docs/protocol.md; the golden files of platform/protocol hold both sides to it.
 */
const VERSION = 3;
const MAX_NAMES = 4096;
const BUILT_IN_STATES = [
  'PENDING',
  'RECEIVED',
  'STARTED',
  'RETRY',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
  'REJECTED',
] as const;

type Form = 'state' | 'name' | 'text' | 'retries' | 'id' | 'time' | 'runtime' | 'json' | 'suspect';

/** The columns in the order of their bit in a row's mask. */
const COLUMNS: readonly (readonly [field: string, form: Form])[] = [
  ['state', 'state'],
  ['name', 'name'],
  ['worker', 'name'],
  ['queue', 'name'],
  ['args', 'text'],
  ['kwargs', 'text'],
  ['retries', 'retries'],
  ['root_id', 'id'],
  ['parent_id', 'id'],
  ['group_id', 'id'],
  ['sent', 'time'],
  ['received', 'time'],
  ['started', 'time'],
  ['retried', 'time'],
  ['succeeded', 'time'],
  ['failed', 'time'],
  ['revoked', 'time'],
  ['rejected', 'time'],
  ['timestamp', 'time'],
  ['eta', 'time'],
  ['expires', 'time'],
  ['runtime', 'runtime'],
  ['result', 'text'],
  ['exception', 'text'],
  ['traceback', 'text'],
  ['progress', 'json'],
  ['suspect', 'suspect'],
];
const LAST_EVENT_TIME = 'rejected';

/** A task being read: times are whole milliseconds until it is handed out. */
interface Row {
  readonly uuid: string;
  offset: number;
  readonly values: Map<string, unknown>;
  readonly times: Map<string, number>;
}

/** A decoder for one registration of one room. */
export function columnsDecoder(): RoomDecoder {
  let generation = 0;
  let frame = 0;
  let rows: Row[] = [];
  let names: string[] = [];
  let masks: number[] = [];

  function enter(frameGeneration: number, frameNumber: number): void {
    const follows = frameGeneration === generation && frameNumber === frame + 1;
    if (frameGeneration !== 0 && frameNumber !== 1 && !follows) {
      throw new BadFrame(
        `columns: frame ${String(frameNumber)} of generation ${String(frameGeneration)} (expected: frame ${String(frame + 1)} of ${String(generation)}, or a first frame)`,
      );
    }
    if (frameNumber <= 1) {
      rows = [];
      names = [];
      masks = [];
    }
    generation = frameGeneration;
    frame = frameNumber;
  }

  function read(raw: unknown, firstOffset: number): { tasks: Task[]; others: unknown; at: number } {
    const fields = list(raw, 'updates');
    if (fields[0] !== VERSION) {
      throw new BadFrame(`columns: version ${String(fields[0])} (expected: ${String(VERSION)})`);
    }
    enter(whole(fields[1], 'generation'), whole(fields[2], 'frame'));
    const base = whole(fields[3], 'closed');
    const columns = list(fields[4], 'tasks');
    const read = readRows(columns, base, firstOffset, { rows, names, masks });
    return { tasks: read.map(toTask), others: fields[5], at: base };
  }

  return {
    updates(raw, firstOffset) {
      const { tasks, others, at } = read(raw, firstOffset);
      const timestamp = at / 1000;
      const updates: Update[] = tasks.map((data) => ({ type: 'task_update', data, timestamp }));
      if (others === null || others === undefined) return updates;
      for (const other of list(others, 'others')) {
        const [place, type, data] = list(other, 'other');
        if (!isRecord(data)) throw new BadFrame('columns: other: expected a map');
        updates.splice(whole(place, 'place'), 0, { type, data, timestamp } as unknown as Update);
      }
      return updates;
    },
    tasks(raw) {
      return read(raw, 1).tasks;
    },
  };
}

interface Known {
  readonly rows: Row[];
  readonly names: string[];
  readonly masks: number[];
}

function readRows(
  columns: readonly unknown[],
  base: number,
  firstOffset: number,
  known: Known,
): Row[] {
  const count = whole(columns[0], 'count');
  const read = readIds(columns[1], count, known.rows);
  readOffsets(columns[2], read, firstOffset);
  const masks = readMasks(columns[3], count, known.masks);
  const reference = new Array<number>(count).fill(base);
  let next = 4;
  COLUMNS.forEach(([field, form], bit) => {
    const flag = 1 << bit;
    const due = masks.filter((mask) => (mask & flag) !== 0).length;
    if (due > 0) {
      const column = ofOneRow(count, columns[next]) ?? list(columns[next], field);
      next += 1;
      if (column.length !== 1 && column.length !== due) {
        throw new BadFrame(
          `columns: ${String(column.length)} values of ${field} (expected: 1 or ${String(due)})`,
        );
      }
      const seen: string[] = [];
      let at = 0;
      let value: unknown;
      read.forEach((row, index) => {
        if (((masks[index] ?? 0) & flag) === 0) return;
        if (at < column.length) {
          value = readValue(column[at], form, row, known.names, seen);
          at += 1;
        }
        set(
          row,
          field,
          form,
          value,
          column[Math.min(at, column.length) - 1],
          reference[index] ?? base,
        );
      });
    }
    if (form === 'time') {
      read.forEach((row, index) => {
        const latest = field === LAST_EVENT_TIME ? latestTime(row) : row.times.get(field);
        if (field === LAST_EVENT_TIME) reference[index] = latest ?? base;
        else if (latest !== undefined) reference[index] = latest;
      });
    }
  });
  return read;
}

function readIds(raw: unknown, count: number, rows: Row[]): Row[] {
  const add = (uuid: string): Row => {
    const row: Row = { uuid, offset: 0, values: new Map(), times: new Map() };
    rows.push(row);
    return row;
  };
  if (raw instanceof Uint8Array) {
    if (raw.length !== 16 * count) {
      throw new BadFrame(
        `columns: ${String(raw.length)} uuid bytes (expected: ${String(16 * count)})`,
      );
    }
    return Array.from({ length: count }, (_, row) =>
      add(uuidOf(raw.subarray(16 * row, 16 * row + 16))),
    );
  }
  const ids = list(raw, 'ids');
  if (ids.length !== count) throw new BadFrame('columns: as many ids as rows expected');
  return ids.map((id) => {
    if (typeof id === 'number') {
      const row = rows[id - 1];
      if (row === undefined) throw new BadFrame(`columns: unknown task ${String(id)}`);
      return row;
    }
    return add(idOf(id));
  });
}

function readOffsets(raw: unknown, rows: readonly Row[], firstOffset: number): void {
  const deltas = raw === null ? undefined : list(raw, 'offsets');
  let offset = firstOffset - 1;
  rows.forEach((row, index) => {
    offset += deltas === undefined ? 1 : number(deltas[index], 'offset');
    row.offset = offset;
  });
}

function readMasks(raw: unknown, count: number, masks: number[]): number[] {
  const written = (ofOneRow(count, raw) ?? list(raw, 'masks')).map((each) => {
    const mask = number(each, 'mask');
    if (mask < 0) {
      const known = masks[-1 - mask];
      if (known === undefined) throw new BadFrame(`columns: unknown mask ${String(mask)}`);
      return known;
    }
    if (masks.length < MAX_NAMES) masks.push(mask);
    return mask;
  });
  return Array.from({ length: count }, (_, row) => written[row] ?? written[0] ?? 0);
}

/** What is an array of one value a row, but for one row: the value itself. */
function ofOneRow(count: number, raw: unknown): readonly unknown[] | undefined {
  return count === 1 ? [raw] : undefined;
}

function readValue(raw: unknown, form: Form, row: Row, names: string[], seen: string[]): unknown {
  if (raw === null) return undefined;
  switch (form) {
    case 'state':
      return typeof raw === 'number' ? BUILT_IN_STATES[raw] : raw;
    case 'name':
      return referred(raw, names, MAX_NAMES);
    case 'text':
      return referred(raw, seen, Infinity);
    case 'id':
      return raw === true ? row.uuid : idOf(raw);
    case 'runtime':
      // A whole number is microseconds, a fraction seconds, text any other number of seconds.
      return Number.isInteger(raw) ? (raw as number) / 1e6 : Number(raw);
    case 'json':
      return JSON.parse(String(raw)) as unknown;
    case 'suspect': {
      const [reason, since] = list(raw, 'suspect');
      return { reason: String(reason), since: number(since, 'since') / 1000 };
    }
    case 'retries':
    case 'time':
      return raw;
    default: {
      const never: never = form;
      throw new BadFrame(`columns: ${String(never)}`);
    }
  }
}

function set(
  row: Row,
  field: string,
  form: Form,
  value: unknown,
  raw: unknown,
  reference: number,
): void {
  if (form === 'time') {
    if (value === undefined) row.times.delete(field);
    else row.times.set(field, reference + number(value, field));
  } else if (value === undefined) {
    row.values.delete(field);
  } else if (form === 'id' && raw === true) {
    row.values.set(field, row.uuid);
  } else {
    row.values.set(field, value);
  }
}

function referred(raw: unknown, texts: string[], limit: number): string {
  if (typeof raw === 'number') {
    const text = texts[raw];
    if (text === undefined) throw new BadFrame(`columns: unknown text ${String(raw)}`);
    return text;
  }
  if (typeof raw !== 'string') throw new BadFrame('columns: expected text');
  if (texts.length < limit) texts.push(raw);
  return raw;
}

function latestTime(row: Row): number | undefined {
  let latest: number | undefined;
  for (const [field, form] of COLUMNS) {
    if (field === 'timestamp') break;
    const time = form === 'time' ? row.times.get(field) : undefined;
    if (time !== undefined && (latest === undefined || time > latest)) latest = time;
  }
  return latest;
}

function toTask(row: Row): Task {
  const task: Record<string, unknown> = { uuid: row.uuid, state: 'PENDING' };
  for (const [field, form] of COLUMNS) {
    if (form === 'time') {
      const time = row.times.get(field);
      if (time !== undefined) task[field] = time / 1000;
    } else if (row.values.has(field)) {
      task[field] = row.values.get(field);
    }
  }
  task['offset'] = row.offset;
  return task as unknown as Task;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function uuidOf(bytes: Uint8Array): string {
  let text = '';
  bytes.forEach((byte, index) => {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[byte] ?? '';
  });
  return text;
}

function idOf(raw: unknown): string {
  if (raw instanceof Uint8Array && raw.length === 16) return uuidOf(raw);
  if (typeof raw === 'string') return raw;
  throw new BadFrame('columns: id: expected 16 bytes or text');
}

function list(raw: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(raw)) throw new BadFrame(`columns: ${what}: expected an array`);
  return raw as unknown[];
}

function number(raw: unknown, what: string): number {
  if (typeof raw !== 'number') throw new BadFrame(`columns: ${what}: expected a number`);
  return raw;
}

function whole(raw: unknown, what: string): number {
  if (typeof raw !== 'number' || !Number.isSafeInteger(raw) || raw < 0) {
    throw new BadFrame(`columns: ${what}: expected a whole number >= 0`);
  }
  return raw;
}
