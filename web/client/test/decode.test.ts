import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { decodeBinary, decodePlain, decodeText } from '../src/decode';
import { BadFrame, InflatedTooLarge, MAP_DECODERS } from '../src/index';

const decoder = MAP_DECODERS.msgpack?.();
const decoderOf = () => {
  if (!decoder) throw new Error('no decoder');
  return decoder;
};
const update = {
  type: 'task_update',
  data: { uuid: 'ä-1', state: 'SUCCESS', offset: 7 },
  timestamp: 1.5,
};

describe('decodeBinary', () => {
  it('should read a plain batch at once', () => {
    const bytes = encode([1, 'celery:tasks', 'e', 6, 7, true, [update]]);
    expect(decodeBinary(bytes, decoderOf)).toEqual({
      kind: 'batch',
      room: 'celery:tasks',
      epoch: 'e',
      from: 6,
      offset: 7,
      conflated: true,
      updates: [update],
    });
  });

  it('should inflate a compressed snapshot', async () => {
    const bytes = gzipSync(encode([2, 'r', 'e', 9, 1, 2, [update.data]]));
    await expect(decodeBinary(bytes, decoderOf)).resolves.toEqual({
      kind: 'snapshot',
      room: 'r',
      epoch: 'e',
      offset: 9,
      part: 1,
      parts: 2,
      tasks: [update.data],
    });
  });

  it('should stop inflating at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(2_000_000));
    expect(bomb.length).toBeLessThan(4_000);
    await expect(
      decodeBinary(bomb, decoderOf, { maxInflatedBytes: 100_000 }),
    ).rejects.toBeInstanceOf(InflatedTooLarge);
  });

  it('should refuse what is not a frame', async () => {
    for (const wrong of [
      {},
      [3, 'r'],
      [1, 'r', 'e', -1, 2, false, []],
      [1, 'r', 'e', 1, 2, false, [1]],
    ]) {
      expect(() => decodePlain(encode(wrong), decoderOf)).toThrow(BadFrame);
    }
    expect(() => decodePlain(new Uint8Array([0xc1]), decoderOf)).toThrow(BadFrame);
    await expect(
      decodeBinary(new Uint8Array([0x1f, 0x8b, 0, 0, 1]), decoderOf),
    ).rejects.toBeDefined();
  });
});

describe('decodeText', () => {
  it('should read every frame of the bridge', () => {
    const body = {
      type: 'batch_update',
      room: 'r',
      epoch: 'e',
      from: 1,
      offset: 1,
      count: 1,
      conflated: false,
      updates: [update],
    };
    expect(decodeText(JSON.stringify({ type: 'rec', address: 'r', body })).kind).toBe('batch');
    expect(decodeText('{"type":"rec","address":"x","body":{"commandId":"c"}}')).toEqual({
      kind: 'reply',
      address: 'x',
      body: { commandId: 'c' },
    });
    expect(
      decodeText(
        '{"type":"registered","address":"r","body":{"position":"e:4","recovered":true,"encoding":"json"}}',
      ),
    ).toEqual({
      kind: 'registered',
      room: 'r',
      position: 'e:4',
      recovered: true,
      encoding: 'json',
    });
    expect(
      decodeText('{"type":"err","failureCode":3000,"failureType":"DISCONNECT","message":"900"}'),
    ).toEqual({
      kind: 'failure',
      address: undefined,
      code: 3000,
      type: 'DISCONNECT',
      message: '900',
    });
    expect(decodeText('{"type":"pong","timestamp":5}')).toEqual({ kind: 'pong', timestamp: 5 });
  });

  it('should refuse what is not a frame', () => {
    for (const wrong of ['', 'null', '[]', '{"type":"what"}', '{"type":"rec"}']) {
      expect(() => decodeText(wrong)).toThrow(BadFrame);
    }
  });
});
