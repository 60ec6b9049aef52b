import { describe, expect, it } from 'vitest';
import { Throttle } from '../src/index';
import { ManualPage, ManualTimers } from './manual';

function start(onFrame?: (run: () => void) => () => void) {
  const timers = new ManualTimers();
  const page = new ManualPage();
  const calls: { readonly at: number; readonly changes: [string, number][] }[] = [];
  const throttle = new Throttle<string, number>(
    timers,
    page,
    (changes) => calls.push({ at: timers.ticks(), changes: [...changes] }),
    { maxKeys: 5, ...(onFrame ? { onFrame } : {}) },
  );
  return { timers, page, calls, throttle };
}

describe('Throttle', () => {
  it('should call back at most once in 100 ms with the latest of each key', async () => {
    const { timers, calls, throttle } = start();
    for (let at = 0; at < 1_000; at += 10) {
      throttle.put(at % 20 === 0 ? 'a' : 'b', at);
      await timers.advance(10);
    }
    expect(calls.length).toBeLessThanOrEqual(11);
    for (let index = 1; index < calls.length; index += 1) {
      expect((calls[index]?.at ?? 0) - (calls[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(100);
    }
    expect(calls.at(-1)?.changes).toEqual([
      ['a', 980],
      ['b', 990],
    ]);
  });

  it('should slow down while the page is hidden and catch up when it is shown', async () => {
    const { timers, page, calls, throttle } = start();
    throttle.put('a', 1);
    await timers.advance(0);
    page.set({ visible: false });
    throttle.put('a', 2);
    await timers.advance(500);
    expect(calls).toHaveLength(1);
    page.set({ visible: true });
    expect(calls).toHaveLength(2);
  });

  it('should wait for a frame of the page', async () => {
    const frames: (() => void)[] = [];
    const { timers, calls, throttle } = start((run) => {
      frames.push(run);
      return () => undefined;
    });
    throttle.put('a', 1);
    await timers.advance(50);
    expect(calls).toEqual([]);
    frames[0]?.();
    expect(calls).toHaveLength(1);
  });

  it('should bound what it keeps', () => {
    const { calls, throttle } = start();
    for (let index = 0; index < 5; index += 1) throttle.put(`k${index}`, index);
    expect(calls).toHaveLength(1);
  });

  it('should be silent once closed', async () => {
    const { timers, calls, throttle } = start();
    throttle.put('a', 1);
    throttle.close();
    await timers.advance(1_000);
    expect(calls).toEqual([]);
  });
});
