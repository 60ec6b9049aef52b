// Opens a page in headless Chromium and does what it is told on stdin, one command a line, with one
// line of answer each. Commands go to the tab that was opened or selected last. Browser.java is the
// other side.
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const require = createRequire(join(root, 'web', 'package.json'));
const { chromium } = require('playwright-core');

const profile = mkdtempSync(join(tmpdir(), 'apfa-browser-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium',
  headless: true,
  viewport: { width: 1440, height: 900 },
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let page = context.pages()[0] ?? (await context.newPage());
// What no page may do: throw, complain, or ask another host for anything.
const complaints = [];
const home = new URL(process.argv[2]).host;
context.on('weberror', (failure) => complaints.push(`uncaught: ${failure.error().message}`));
context.on('console', (message) => {
  // An answer with an error is told by the page itself, where it matters.
  if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
  complaints.push(`console: ${message.text()}`);
});
context.on('request', (request) => {
  const { protocol, host } = new URL(request.url());
  if (protocol.startsWith('http') && host !== home) complaints.push(`asked ${request.url()}`);
});

// By the debugger, which the page's content security policy does not bind.
async function evaluate(expression) {
  const cdp = await context.newCDPSession(page);
  try {
    const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  } finally {
    await cdp.detach();
  }
}

const say = (text) => process.stdout.write(`${String(text).replaceAll('\n', ' ')}\n`);

const commands = {
  async rows() {
    const rows = await page
      .locator('[data-testid="task-row"]')
      .evaluateAll((elements) =>
        Object.fromEntries(elements.map((each) => [each.dataset.uuid, each.dataset.state])),
      );
    return JSON.stringify(rows);
  },
  async connection() {
    return page.locator('[data-testid="connection-state"]').first().getAttribute('data-state');
  },
  async reason() {
    return page.locator('[data-testid="connection-state"]').first().getAttribute('data-reason');
  },
  async click(selector) {
    await page.locator(selector).first().click({ timeout: 10_000 });
    return 'clicked';
  },
  async fill(words) {
    const space = words.indexOf(' ');
    await page
      .locator(words.slice(0, space))
      .first()
      .fill(words.slice(space + 1));
    return 'filled';
  },
  async evaluate(expression) {
    return JSON.stringify(await evaluate(expression)) ?? 'undefined';
  },
  async run(path) {
    await evaluate(readFileSync(path, 'utf8'));
    return 'run';
  },
  // What axe finds serious on the page as it is now.
  async axe() {
    await evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    const { violations } = await evaluate("axe.run(document, { resultTypes: ['violations'] })");
    return JSON.stringify(
      violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`),
    );
  },
  async complaints() {
    return JSON.stringify(complaints.splice(0));
  },
  async go(url) {
    await page.goto(url);
    return 'gone';
  },
  async text() {
    return page.locator('body').innerText();
  },
  async phase(uuid) {
    const row = page.locator(`[data-testid="task-row"][data-uuid="${uuid}"]`);
    return (await row.first().getAttribute('data-phase')) || 'none';
  },
  async toasts() {
    return (await page.locator('[data-testid="toast"]').allInnerTexts()).join(' | ');
  },
  async gaps() {
    return (await page.locator('[data-testid="gap-band"]').allInnerTexts()).join(' | ');
  },
  // A page that was loaded again has forgotten its mark.
  async mark() {
    await page.evaluate(() => {
      globalThis.apfaMark = true;
    });
    return 'marked';
  },
  async marked() {
    return page.evaluate(() => globalThis.apfaMark === true);
  },
  async network(state) {
    await context.setOffline(state === 'off');
    return state;
  },
  // What a browser says when its network is back: look now, do not wait for the timetable.
  async wake() {
    await page.evaluate(() => dispatchEvent(new Event('online')));
    return 'awake';
  },
  async tab(url) {
    page = await context.newPage();
    await page.goto(url);
    return 'open';
  },
  async select(index) {
    page = context.pages()[Number(index)];
    return page.url();
  },
  async shut() {
    await page.close();
    page = context.pages()[0];
    return page.url();
  },
  async screenshot(path) {
    mkdirSync(dirname(path), { recursive: true });
    await page.screenshot({ path });
    return 'kept';
  },
};

const end = async () => {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
  process.exit(0);
};
process.on('SIGTERM', end);

await page.goto(process.argv[2]);
say('open');
for await (const line of createInterface({ input: process.stdin })) {
  const space = line.indexOf(' ');
  const name = space < 0 ? line : line.slice(0, space);
  try {
    say(await commands[name](space < 0 ? '' : line.slice(space + 1)));
  } catch (failure) {
    say(`error ${failure.message}`);
  }
}
await end();
