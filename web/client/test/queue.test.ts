import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import {
  HttpError,
  MessageDropped,
  OfflineQueue,
  indexedDbStorage,
  type QueueOptions,
  type QueueStorage,
} from '../src/index';
import { ManualTimers, settle } from './manual';

function start(options: QueueOptions = {}, storage?: QueueStorage<string>) {
  const timers = new ManualTimers();
  const sent: string[] = [];
  const fails = new Map<string, unknown>();
  const queue = new OfflineQueue<string>(
    timers,
    (_msgId, message) => {
      sent.push(message);
      return fails.has(message)
        ? Promise.reject(fails.get(message))
        : Promise.resolve(`${message}!`);
    },
    options,
    storage,
  );
  const outcomes: Record<string, unknown> = {};
  const put = (message: string, more: Parameters<typeof queue.enqueue>[1] = {}): void => {
    queue.enqueue(message, { msgId: message, ...more }).then(
      (answer) => (outcomes[message] = answer),
      (error: unknown) => (outcomes[message] = error),
    );
  };
  return { timers, sent, fails, queue, outcomes, put };
}

describe('OfflineQueue', () => {
  it('should replay by priority, larger first, and in order within one', async () => {
    const { queue, put, sent } = start();
    put('b1', { priority: 5 });
    put('c', { priority: 0 });
    put('a', { priority: 9 });
    put('b2');
    queue.setOpen(true);
    await settle();
    expect(sent).toEqual(['a', 'b1', 'b2', 'c']);
  });

  it('should resolve with the answer', async () => {
    const { queue, put, outcomes } = start();
    put('a');
    queue.setOpen(true);
    await settle();
    expect(outcomes).toEqual({ a: 'a!' });
  });

  it('should drop the oldest of the lowest priority first and reject its promise', async () => {
    const { put, outcomes, queue } = start({ maxEntries: 2 });
    put('old-low', { priority: 1 });
    put('new-low', { priority: 1 });
    put('high', { priority: 7 });
    await settle();
    expect(outcomes['old-low']).toMatchObject({ why: 'queue-full' });
    expect(queue.size).toBe(2);
  });

  it('should hold 1,000 by default', async () => {
    const { put, queue } = start();
    for (let index = 0; index < 1_001; index += 1) put(`m${index}`);
    await settle();
    expect(queue.size).toBe(1_000);
  });

  it('should try a failing message again after 1, 2 and 3 seconds and hold up no other', async () => {
    const { timers, queue, put, sent, fails, outcomes } = start();
    fails.set('bad', new Error('no'));
    put('bad');
    put('good');
    queue.setOpen(true);
    await settle();
    expect(sent).toEqual(['bad', 'good']);
    await timers.advance(1_000);
    await timers.advance(2_000);
    await timers.advance(3_000);
    expect(sent.filter((each) => each === 'bad')).toHaveLength(4);
    expect(outcomes['bad']).toBeInstanceOf(MessageDropped);
    expect(outcomes['bad']).toMatchObject({ why: 'retries' });
  });

  it('should take zero retries and zero priority at their word', async () => {
    const { queue, put, sent, fails, outcomes } = start();
    fails.set('once', new Error('no'));
    put('once', { maxRetries: 0, priority: 0 });
    put('five');
    queue.setOpen(true);
    await settle();
    expect(sent).toEqual(['five', 'once']);
    expect(outcomes['once']).toMatchObject({ why: 'retries' });
  });

  it('should not try again what the server refused', async () => {
    const { timers, queue, put, sent, fails, outcomes } = start();
    const refusal = new HttpError(403, 'forbidden');
    fails.set('a', refusal);
    put('a');
    queue.setOpen(true);
    await timers.advance(30_000);
    expect(sent).toEqual(['a']);
    expect(outcomes['a']).toBe(refusal);
  });

  it('should wait as long as the server asks, and not longer than the message lives', async () => {
    const { timers, queue, put, sent, fails, outcomes } = start();
    fails.set('soon', new HttpError(429, 'slowly', undefined, 5_000));
    const tooLate = new HttpError(429, 'not for a long time', undefined, 99_000);
    fails.set('late', tooLate);
    put('soon');
    put('late');
    queue.setOpen(true);
    await settle();
    expect(outcomes).toMatchObject({ late: { why: 'expired', lastError: tooLate } });
    await timers.advance(4_999);
    expect(sent).toEqual(['soon', 'late']);
    fails.delete('soon');
    await timers.advance(1);
    expect(outcomes['soon']).toBe('soon!');
  });

  it('should never replay what is older than its time to live', async () => {
    const { timers, queue, put, sent, outcomes } = start();
    put('a');
    put('long', { ttlMs: 300_000 });
    await timers.advance(60_000);
    expect(outcomes['a']).toMatchObject({ why: 'expired' });
    queue.setOpen(true);
    await settle();
    expect(sent).toEqual(['long']);
  });

  it('should give a delivery ten seconds', async () => {
    const timers = new ManualTimers();
    let tries = 0;
    const queue = new OfflineQueue<string>(timers, () => {
      tries += 1;
      return new Promise(() => undefined);
    });
    const outcome = queue.enqueue('a', { maxRetries: 0, ttlMs: 100_000 }).catch((e: unknown) => e);
    queue.setOpen(true);
    await timers.advance(10_000);
    expect(await outcome).toMatchObject({ why: 'retries' });
    expect(tries).toBe(1);
  });

  it('should survive a reload of the page', async () => {
    const storage = indexedDbStorage<string>('queue-test');
    const before = start({}, storage);
    before.put('kept', { ttlMs: 50_000 });
    before.put('stale', { ttlMs: 1 });
    await until(async () => (await storage.load()).length === 2);
    const after = start({}, indexedDbStorage<string>('queue-test'));
    await after.timers.advance(10);
    expect(await after.queue.restore()).toBe(1);
    after.queue.setOpen(true);
    await until(() => after.sent.length === 1);
    expect(after.sent).toEqual(['kept']);
    await until(async () => (await storage.load()).length === 0);
  });

  it('should reject what waits when it is closed', async () => {
    const { timers, queue, put, outcomes } = start();
    put('a');
    queue.close();
    await settle();
    expect(outcomes['a']).toMatchObject({ why: 'closed' });
    expect(timers.pendingCount).toBe(0);
  });
});

/** Waits for a condition; IndexedDB answers in turns of the event loop, not in promises. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the condition was never met');
}
