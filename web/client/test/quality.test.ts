import { describe, expect, it } from 'vitest';
import { QualityMonitor, RealtimeClient, watchQuality } from '../src/index';
import { FakeGateway } from './fakeGateway';
import { ManualPage, ManualTimers, settle } from './manual';

describe('QualityMonitor', () => {
  it('should grade by round trip and loss', () => {
    const monitor = new QualityMonitor();
    expect(monitor.report(undefined).grade).toBe('unknown');
    monitor.onRoundTrip(40);
    expect(monitor.report(12)).toMatchObject({ grade: 'good', roundTripMs: 40, lagMs: 12 });
    monitor.onMissedPong();
    monitor.onMissedPong();
    expect(monitor.report(undefined).grade).toBe('poor');
  });

  it('should go to polling and say so when ten connections lasted under a minute', async () => {
    const timers = new ManualTimers();
    const gateway = new FakeGateway();
    const client = new RealtimeClient({
      baseUrl: 'http://gateway.test/',
      transports: [gateway.transport()],
      timers,
      page: new ManualPage(),
      fetch: gateway.fetch,
    });
    const quality = watchQuality(client, timers);
    client.start();
    await settle();
    for (let round = 0; round < 11; round += 1) {
      expect(client.link.state).toBe('live');
      await timers.advance(20_000);
      gateway.open.close(1006);
      await timers.advance(2_000);
    }
    expect(client.link).toMatchObject({
      state: 'polling',
      reason: 'connections lasted less than a minute on average',
    });
    expect(client.heartbeatIntervalMs).toBe(10_000);
    await timers.advance(300_000);
    expect(client.link.state).toBe('live');
    expect(quality.report.reconnects).toBe(1);
    quality.stop();
    client.stop();
  });
});
