import { describe, expect, it } from 'vitest';
import { Heartbeat } from '../src/index';
import { ManualTimers } from './manual';

function start() {
  const timers = new ManualTimers();
  const pings: number[] = [];
  const dead: number[] = [];
  const heartbeat = new Heartbeat(
    timers,
    () => pings.push(timers.ticks() / 1_000),
    () => dead.push(timers.ticks() / 1_000),
  );
  heartbeat.start();
  return { timers, pings, dead, heartbeat };
}

describe('Heartbeat', () => {
  it('should ping every 30 seconds while answers come', async () => {
    const { timers, pings, dead, heartbeat } = start();
    for (let round = 0; round < 3; round += 1) {
      await timers.advance(30_000);
      heartbeat.onInbound();
    }
    expect(pings).toEqual([30, 60, 90]);
    expect(dead).toEqual([]);
  });

  it('should ping every 5 seconds after a first miss and give up after three', async () => {
    const { timers, pings, dead } = start();
    await timers.advance(100_000);
    expect(pings).toEqual([30, 35, 40]);
    expect(dead).toEqual([45]);
  });

  it('should take any inbound frame for life', async () => {
    const { timers, dead, heartbeat } = start();
    await timers.advance(38_000);
    heartbeat.onInbound();
    expect(heartbeat.missedCount).toBe(0);
    await timers.advance(29_000);
    expect(dead).toEqual([]);
  });

  it('should take one missed answer for death after a probe', async () => {
    const { timers, dead, heartbeat } = start();
    heartbeat.probe();
    await timers.advance(5_000);
    expect(dead).toEqual([5]);
  });

  it('should halve its interval down to 10 seconds', () => {
    const { heartbeat } = start();
    heartbeat.halveInterval();
    expect(heartbeat.currentIntervalMs).toBe(15_000);
    heartbeat.halveInterval();
    heartbeat.halveInterval();
    expect(heartbeat.currentIntervalMs).toBe(10_000);
  });

  it('should be silent once stopped', async () => {
    const { timers, pings, heartbeat } = start();
    heartbeat.stop();
    heartbeat.onInbound();
    await timers.advance(200_000);
    expect(pings).toEqual([]);
    expect(timers.pendingCount).toBe(0);
  });
});
