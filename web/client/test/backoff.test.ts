import { describe, expect, it } from 'vitest';
import { Backoff } from '../src/index';

describe('Backoff', () => {
  it('should follow the timetable of the specification: 303 seconds in ten attempts', () => {
    const backoff = new Backoff(() => 0.5);
    const delays = Array.from({ length: 10 }, () => backoff.nextDelayMs() / 1_000);
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    expect(delays.reduce((sum, each) => sum + each, 0)).toBe(303);
    expect(backoff.isExhausted).toBe(true);
  });

  it('should spread delays by 30 percent and never exceed the cap', () => {
    const high = new Backoff(() => 0.999999);
    const low = new Backoff(() => 0);
    expect(high.nextDelayMs()).toBeCloseTo(1_300, 0);
    expect(low.nextDelayMs()).toBeCloseTo(700, 0);
    for (let attempt = 0; attempt < 30; attempt += 1) {
      expect(high.nextDelayMs()).toBeLessThanOrEqual(60_000);
    }
    expect(high.steadyDelayMs()).toBe(60_000);
  });
});
