// Opens a page in headless Chromium and measures how smoothly it runs. Arguments: the page's address.
// Told on stdin, one command a line, one JSON line of answer each: "measure SECONDS", "heap",
// "profile SECONDS FILE", "pointer on" and "pointer off" (on the rows: someone reads them),
// "slow TIMES" (Chromium's own throttle: a machine that is so many times slower), "size WIDTH HEIGHT".
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const require = createRequire(join(root, 'web', 'package.json'));
const { chromium } = require('playwright-core');

/** A frame of 60 a second that came at least one late. */
const LATE_FRAME_MS = 25;

const profile = mkdtempSync(join(tmpdir(), 'apfa-frames-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium',
  headless: true,
  viewport: { width: 1440, height: 900 },
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const page = context.pages()[0] ?? (await context.newPage());
const cdp = await context.newCDPSession(page);

// Runs in the page before its own scripts: keeps every long task and the time between two frames.
await page.addInitScript(() => {
  const seen = { longTasks: [], frames: [] };
  globalThis.apfaSeen = seen;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      seen.longTasks.push({ at: startTime, ms: duration });
    }
  }).observe({ type: 'longtask', buffered: true });
  let last = performance.now();
  const onFrame = () => {
    const now = performance.now();
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
});

const round = (value) => Math.round(value * 100) / 100;

async function busySeconds() {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

const commands = {
  async measure(seconds) {
    const before = await busySeconds();
    await page.evaluate(() => {
      globalThis.apfaSeen.longTasks.length = 0;
      globalThis.apfaSeen.frames.length = 0;
    });
    const start = performance.now();
    await wait(Number(seconds) * 1000);
    const { longTasks, frames } = await page.evaluate(() => structuredClone(globalThis.apfaSeen));
    const elapsed = (performance.now() - start) / 1000;
    const after = await busySeconds();
    const sorted = frames.sort((a, b) => a - b);
    const at = (fraction) => round(sorted[Math.floor((sorted.length - 1) * fraction)]);
    const share = (name) => round(((after[name] - before[name]) / elapsed) * 100);
    return {
      seconds: round(elapsed),
      frames_per_second: round(frames.length / elapsed),
      frame_p50_ms: at(0.5),
      frame_p95_ms: at(0.95),
      frame_p99_ms: at(0.99),
      frame_max_ms: at(1),
      late_frames: frames.filter((ms) => ms > LATE_FRAME_MS).length,
      long_tasks: longTasks.length,
      long_tasks_ms: round(longTasks.reduce((sum, { ms }) => sum + ms, 0)),
      longest_task_ms: round(Math.max(0, ...longTasks.map(({ ms }) => ms))),
      main_thread_busy_percent: share('TaskDuration'),
      script_percent: share('ScriptDuration'),
      style_percent: share('RecalcStyleDuration'),
      layout_percent: share('LayoutDuration'),
    };
  },
  async heap() {
    await cdp.send('HeapProfiler.enable');
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    await cdp.send('HeapProfiler.disable');
    const { Nodes, JSEventListeners } = await busySeconds();
    return { mb: round(usedSize / 1_048_576), nodes: Nodes, listeners: JSEventListeners };
  },
  async profile(seconds, file) {
    await cdp.send('Profiler.enable');
    await cdp.send('Profiler.setSamplingInterval', { interval: 500 });
    await cdp.send('Profiler.start');
    await wait(Number(seconds) * 1000);
    const { profile: taken } = await cdp.send('Profiler.stop');
    writeFileSync(file, JSON.stringify(taken));
    return { kept: file };
  },
  async pointer(where) {
    if (where === 'on') await page.mouse.move(700, 500);
    else await page.mouse.move(700, 20);
    return { pointer: where };
  },
  async slow(times) {
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: Number(times) });
    return { slow: Number(times) };
  },
  async size(width, height) {
    await page.setViewportSize({ width: Number(width), height: Number(height) });
    return { width: Number(width) };
  },
  async state() {
    return page.evaluate(() => ({
      connection: document.querySelector('[data-testid=connection-state]')?.dataset.state,
      lag: document.querySelector('[data-testid=latency]')?.textContent,
      rows: document.querySelector('[data-testid=row-count]')?.textContent,
    }));
  },
};

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
try {
  await cdp.send('Performance.enable');
  await page.goto(process.argv[2]);
  await page.waitForSelector('[data-testid=connection-state][data-state=live]');
  await page.waitForSelector('[data-testid=task-row]');
  say({ open: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...rest] = line.split(' ');
    say(await commands[name](...rest));
  }
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
