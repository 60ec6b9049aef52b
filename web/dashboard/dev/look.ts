/**
 * Looks at the pages: `node --import tsx dev/look.ts BASE_URL OUT_DIR [path…]` takes a picture of
 * each at two widths in both themes and says what the console said and what axe found.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:8090', out = 'shots', ...paths] = process.argv.slice(2);
const pages = paths.length > 0 ? paths : ['/tasks'];
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
// LOOK_THEMES and LOOK_WIDTHS narrow what is looked at.
const themes = (process.env['LOOK_THEMES'] ?? 'light,dark').split(',') as ('light' | 'dark')[];
const widths = (process.env['LOOK_WIDTHS'] ?? '1440,360').split(',').map(Number);
mkdirSync(out, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), 'apfa-look-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium',
  headless: true,
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
try {
  for (const theme of themes) {
    for (const width of widths) {
      const height = width < 700 ? 740 : 900;
      for (const path of pages) {
        const page = await browser.newPage();
        page.on('console', (message) => {
          if (['error', 'warning'].includes(message.type()))
            console.log(`${path}: ${message.text()}`);
        });
        page.on('pageerror', (error) => {
          console.log(`${path}: ${error.stack ?? error.message}`);
        });
        page.on('request', (request) => {
          if (
            !request.url().startsWith(base) &&
            !request.url().startsWith('data:') &&
            !request.url().startsWith('blob:')
          ) {
            console.log(`${path}: a request elsewhere: ${request.url()}`);
          }
        });
        await page.emulateMedia({ colorScheme: theme });
        await page.setViewportSize({ width, height });
        await page.goto(base + path);
        await page.waitForSelector('[data-testid=connection-state][data-state=live]', {
          timeout: 15_000,
        });
        await page.waitForTimeout(2_500);
        await page.screenshot({
          path: join(out, `${path.replace(/\W+/g, '_')}-${theme}-${width}.png`),
        });
        const found = (await page.evaluate(
          `${axeSource}; axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map((v) => v.impact + ' ' + v.id + ' ' + v.nodes.length + ': ' + v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(' | ')))`,
        )) as string[];
        for (const finding of found) console.log(`${path} ${theme} ${width}: axe: ${finding}`);
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
