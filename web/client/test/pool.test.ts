import { describe, expect, it } from 'vitest';
import { ConnectionPool } from '../src/index';
import { ManualTimers } from './manual';

function start() {
  const timers = new ManualTimers();
  const log: string[] = [];
  const pool = new ConnectionPool(timers, (endpoint) => ({
    start: () => log.push(`start ${new URL(endpoint).pathname}`),
    stop: () => log.push(`stop ${new URL(endpoint).pathname}`),
  }));
  return { timers, log, pool };
}

describe('ConnectionPool', () => {
  it('should keep one connection for all users of an endpoint', async () => {
    const { timers, log, pool } = start();
    const leases = Array.from({ length: 3 }, () => pool.lease('https://a.test/tasks'));
    expect(new Set(leases.map((lease) => lease.client)).size).toBe(1);
    leases.slice(1).forEach((lease) => {
      lease.release();
      lease.release();
    });
    await timers.advance(10_000);
    expect(log).toEqual(['start /tasks']);
    leases[0]?.release();
    await timers.advance(2_000);
    expect(log).toEqual(['start /tasks', 'stop /tasks']);
  });

  it('should linger two seconds for a user that comes back', async () => {
    const { timers, log, pool } = start();
    pool.lease('https://a.test/tasks').release();
    await timers.advance(1_900);
    const lease = pool.lease('https://a.test/tasks');
    await timers.advance(10_000);
    expect(log).toEqual(['start /tasks']);
    lease.release();
  });

  it('should not take one endpoint for another that begins like it', async () => {
    const { timers, log, pool } = start();
    pool.lease('https://a.test/tasks');
    pool.lease('https://a.test/tasks2').release();
    await timers.advance(3_000);
    expect(log).toEqual(['start /tasks', 'start /tasks2', 'stop /tasks2']);
    expect(pool.size).toBe(1);
  });
});
