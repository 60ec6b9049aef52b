import { describe, expect, it } from 'vitest';
import { systemTimers } from '@apfa/realtime-client';
import { PaintTurns } from '../src/app/paintTurns';

/** A page whose frames come when the test says so; what is to be done after a paint is done at once. */
function page() {
  let frames: (() => void)[] = [];
  const signals = { isVisible: true };
  const done: string[] = [];
  const turns = new PaintTurns(
    {
      ...systemTimers,
      after: (_delayMs, run) => {
        run();
        return () => undefined;
      },
    },
    {
      isOnline: () => true,
      isVisible: () => signals.isVisible,
      onChange: () => () => undefined,
    },
    (run) => {
      frames.push(run);
      return () => undefined;
    },
  );
  const paint = (): void => {
    const due = frames;
    frames = [];
    for (const run of due) run();
  };
  const take = (...names: string[]): void => {
    for (const name of names) turns.take(() => done.push(name));
  };
  return { signals, done, paint, take };
}

describe('PaintTurns', () => {
  it('should do one thing after each paint, in order', () => {
    const { done, paint, take } = page();
    take('a', 'b');
    expect(done).toEqual([]);
    paint();
    expect(done).toEqual(['a']);
    take('c');
    paint();
    paint();
    paint();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('should wait for no paint on a page that nobody sees', () => {
    const { signals, done, take } = page();
    signals.isVisible = false;
    take('a', 'b');
    expect(done).toEqual(['a', 'b']);
  });
});
