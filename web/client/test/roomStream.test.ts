import { describe, expect, it } from 'vitest';
import { RoomStream } from '../src/roomStream';
import type { Batch, Update } from '../src/index';

function batch(from: number, offset: number, epoch = 'e'): Batch {
  const updates: Update[] = [];
  for (let at = from; at <= offset; at += 1) {
    updates.push({
      type: 'task_update',
      data: { uuid: `t${at}`, state: 'S', offset: at },
      timestamp: 0,
    });
  }
  return { kind: 'batch', room: 'r', epoch, from, offset, conflated: false, updates };
}

function liveAt(offset: number): RoomStream {
  const stream = new RoomStream(`e:${offset}`, false);
  stream.join();
  stream.onRegistered({
    kind: 'registered',
    room: 'r',
    position: `e:${offset}`,
    recovered: true,
    encoding: 'json',
  });
  return stream;
}

const applied = (stream: RoomStream, frame: Batch): number[] | string =>
  stream
    .onBatch(frame)
    .flatMap((effect) =>
      effect.do === 'apply'
        ? effect.updates.map((u) => (u.type === 'task_update' ? u.data.offset : 0))
        : [effect.do as never],
    );

describe('RoomStream', () => {
  it('should apply what follows, drop what it has, and cut what overlaps', () => {
    const stream = liveAt(10);
    expect(applied(stream, batch(9, 10))).toEqual([]);
    expect(applied(stream, batch(11, 12))).toEqual([11, 12]);
    expect(applied(stream, batch(8, 14))).toEqual([13, 14]);
    expect(stream.positionText).toBe('e:14');
  });

  it('should move its position even by a frame that holds nothing for it', () => {
    const stream = liveAt(10);
    stream.onBatch({ ...batch(11, 10), offset: 20 });
    expect(stream.positionText).toBe('e:20');
    expect(applied(stream, batch(21, 21))).toEqual([21]);
  });

  it('should ask to recover when offsets are missing, and ignore frames until registered', () => {
    const stream = liveAt(10);
    expect(applied(stream, batch(12, 13))).toEqual(['recover']);
    expect(applied(stream, batch(14, 14))).toEqual([]);
    expect(stream.positionText).toBe('e:10');
    stream.onRegistered({
      kind: 'registered',
      room: 'r',
      position: 'e:10',
      recovered: true,
      encoding: 'json',
    });
    expect(applied(stream, batch(11, 14))).toEqual([11, 12, 13, 14]);
  });

  it('should ask to recover when the epoch changed', () => {
    expect(applied(liveAt(10), batch(11, 11, 'other'))).toEqual(['recover']);
  });

  it('should say discontinuity when the position cannot be continued and no snapshot comes', () => {
    const stream = liveAt(10);
    stream.join();
    const effects = stream.onRegistered({
      kind: 'registered',
      room: 'r',
      position: 'f:3',
      recovered: false,
      encoding: 'json',
    });
    expect(effects.map((effect) => effect.do)).toEqual(['discontinuity', 'live']);
    expect(stream.positionText).toBe('f:3');
  });

  it('should be live only after the last part of a snapshot', () => {
    const stream = new RoomStream(undefined, true);
    stream.join();
    stream.onRegistered({
      kind: 'registered',
      room: 'r',
      position: 'e:5',
      recovered: false,
      encoding: 'json',
    });
    const part = (n: number) => ({
      kind: 'snapshot' as const,
      room: 'r',
      epoch: 'e',
      offset: 5,
      part: n,
      parts: 2,
      tasks: [{ uuid: `t${n}`, state: 'S', offset: n }],
    });
    expect(stream.onSnapshot(part(1))).toEqual([]);
    expect(stream.isLive).toBe(false);
    const effects = stream.onSnapshot(part(2));
    expect(effects[0]).toMatchObject({ do: 'snapshot', position: { epoch: 'e', offset: 5 } });
    expect(stream.isLive).toBe(true);
    expect(applied(stream, batch(6, 6))).toEqual([6]);
  });

  it('should ask again when a part of a snapshot is missing', () => {
    const stream = new RoomStream(undefined, true);
    stream.join();
    stream.onRegistered({
      kind: 'registered',
      room: 'r',
      position: 'e:5',
      recovered: false,
      encoding: 'json',
    });
    const effects = stream.onSnapshot({
      kind: 'snapshot',
      room: 'r',
      epoch: 'e',
      offset: 5,
      part: 2,
      parts: 2,
      tasks: [],
    });
    expect(effects.map((effect) => effect.do)).toEqual(['recover']);
  });

  it('should apply latest values whatever its position', () => {
    const stream = new RoomStream(undefined, false);
    const values: Update[] = [
      { type: 'queue_depth', data: { queue: 'q', depth: 1 }, timestamp: 0 },
    ];
    expect(stream.onBatch({ ...batch(0, 0, ''), updates: values }).map((e) => e.do)).toEqual([
      'apply',
    ]);
  });
});
