import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { columnsDecoder } from '../src/columns';
import { decodeBinary } from '../src/decode';
import { MAP_DECODERS } from '../src/roomDecoder';

interface Golden {
  readonly name: string;
  readonly encoding: 'json' | 'msgpack' | 'msgpack-columns';
  readonly frames: readonly string[];
  readonly expected: readonly Record<string, unknown>[];
}

const FILE = fileURLToPath(
  new URL('../../../platform/protocol/src/test/resources/golden/frames.jsonl', import.meta.url),
);
const golden = readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Golden);

describe('the golden frames of the server', () => {
  it.each(golden.filter((each) => each.encoding !== 'json'))(
    'reads $name as the JSON the server would have sent',
    async ({ encoding, frames, expected }) => {
      const decoder =
        encoding === 'msgpack-columns'
          ? columnsDecoder()
          : (MAP_DECODERS.msgpack ?? columnsDecoder)();
      for (const [index, frame] of frames.entries()) {
        const bytes = new Uint8Array(Buffer.from(frame, 'base64'));
        const { kind, ...read } = await decodeBinary(bytes, () => decoder);
        const { type, count: _count, ...wanted } = expected[index] ?? {};
        expect(kind).toBe(type === 'snapshot' ? 'snapshot' : 'batch');
        expect(read).toEqual(wanted);
      }
    },
  );
});
