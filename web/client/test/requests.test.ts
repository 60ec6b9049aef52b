import { describe, expect, it } from 'vitest';
import { AckTimeout, Nacked, Requests } from '../src/index';
import { ManualTimers, settle } from './manual';

function start() {
  const timers = new ManualTimers();
  const sent: { readonly at: number; readonly frame: Record<string, unknown> }[] = [];
  const requests = new Requests(timers, (text) => {
    sent.push({ at: timers.ticks() / 1_000, frame: JSON.parse(text) as Record<string, unknown> });
    return true;
  });
  const outcome: unknown[] = [];
  requests.send('m1', 'celery.revoke', { uuid: 'u' }).then(
    (body) => outcome.push(body),
    (error: unknown) => outcome.push(error),
  );
  return { timers, sent, requests, outcome };
}

const failure = (code: number) => ({
  kind: 'failure' as const,
  address: 'm1',
  code,
  type: 'X',
  message: 'why',
});

describe('Requests', () => {
  it('should send at 0, 7, 16 and 29 seconds under one msgId and reject at 34', async () => {
    const { timers, sent, outcome } = start();
    await timers.advance(33_900);
    expect(sent.map(({ at }) => at)).toEqual([0, 7, 16, 29]);
    expect(new Set(sent.map(({ frame }) => JSON.stringify(frame['headers'])))).toEqual(
      new Set(['{"msgId":"m1"}']),
    );
    expect(outcome).toEqual([]);
    await timers.advance(100);
    expect(outcome[0]).toBeInstanceOf(AckTimeout);
    expect(timers.pendingCount).toBe(0);
  });

  it('should resolve with the reply, also after a re-send', async () => {
    const { timers, requests, outcome } = start();
    await timers.advance(8_000);
    requests.onReply({ kind: 'reply', address: 'm1', body: { commandId: 'c' } });
    await timers.advance(60_000);
    expect(outcome).toEqual([{ commandId: 'c' }]);
  });

  it('should reject at once what the server refuses', async () => {
    const { requests, outcome, sent } = start();
    expect(requests.onFailure(failure(403))).toBe(true);
    await settle();
    expect(outcome[0]).toBeInstanceOf(Nacked);
    expect(sent).toHaveLength(1);
  });

  it('should try again what is refused only for now', async () => {
    const { timers, requests, outcome, sent } = start();
    requests.onFailure(failure(429));
    await timers.advance(2_000);
    expect(sent).toHaveLength(2);
    requests.onReply({ kind: 'reply', address: 'm1', body: 1 });
    await settle();
    expect(outcome).toEqual([1]);
  });

  it('should leave failures of others alone', () => {
    const { requests } = start();
    expect(requests.onFailure({ ...failure(403), address: 'celery:tasks' })).toBe(false);
  });
});
