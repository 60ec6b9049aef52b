import { describe, expect, it } from 'vitest';
import { Inbox } from '../src/inbox';
import { settle } from './manual';

describe('Inbox', () => {
  it('should keep the order when an earlier frame takes longer', async () => {
    const seen: number[] = [];
    const inbox = new Inbox<number>(
      (value) => seen.push(value),
      () => seen.push(-1),
    );
    let release: (value: number) => void = () => undefined;
    inbox.push(() => 1);
    inbox.push(() => new Promise<number>((resolve) => (release = resolve)));
    inbox.push(() => 3);
    expect(seen).toEqual([1]);
    await settle();
    release(2);
    await settle();
    expect(seen).toEqual([1, 2, 3]);
    inbox.push(() => 4);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('should go on after a frame that cannot be read', async () => {
    const seen: number[] = [];
    const inbox = new Inbox<number>(
      (value) => seen.push(value),
      () => seen.push(-1),
    );
    inbox.push(() => Promise.reject(new Error('no')));
    inbox.push(() => 2);
    await settle();
    inbox.push(() => {
      throw new Error('no');
    });
    expect(seen).toEqual([-1, 2, -1]);
  });

  it('should handle nothing after it was closed', async () => {
    const seen: number[] = [];
    const inbox = new Inbox<number>(
      (value) => seen.push(value),
      () => seen.push(-1),
    );
    inbox.push(() => Promise.resolve(1));
    inbox.close();
    await settle();
    expect(seen).toEqual([]);
  });
});
