// Times the browser client's decoder in headless Chromium. Arguments: a folder of frames. Prints one
// JSON object: the best time of many, in milliseconds, for each frame, by its file's name.
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const require = createRequire(join(root, 'web', 'package.json'));
const { chromium } = require('playwright-core');
const { buildSync } = require('esbuild');

const client = join(root, 'web', 'client', 'src');
const bundle = buildSync({
  stdin: {
    contents: `export { decodeBinary } from './decode';
      export { columnsDecoder } from './columns';
      export { MAP_DECODERS } from './roomDecoder';`,
    resolveDir: client,
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'iife',
  globalName: 'apfa',
  target: 'es2022',
}).outputFiles[0].text;

const profile = mkdtempSync(join(tmpdir(), 'apfa-decode-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const page = context.pages()[0] ?? (await context.newPage());
  await page.addScriptTag({ content: bundle });
  const times = {};
  for (const file of readdirSync(process.argv[2]).sort()) {
    const base64 = readFileSync(join(process.argv[2], file)).toString('base64');
    times[file] = await page.evaluate(
      async ({ base64, columns }) => {
        const text = atob(base64);
        const bytes = Uint8Array.from(text, (each) => each.charCodeAt(0));
        const make = columns ? apfa.columnsDecoder : apfa.MAP_DECODERS.msgpack;
        let best = Infinity;
        const end = performance.now() + (bytes.length < 20_000 ? 1500 : 5000);
        let rounds = 0;
        while (performance.now() < end || rounds < 5) {
          // The clock has steps of 0.1 ms, so small frames are read many times between two looks.
          const times = bytes.length < 20_000 ? 50 : 1;
          const before = performance.now();
          for (let i = 0; i < times; i++) {
            const frame = await apfa.decodeBinary(bytes, () => make());
            if (frame.kind !== 'batch') throw new Error(frame.kind);
          }
          best = Math.min(best, (performance.now() - before) / times);
          rounds++;
        }
        return Math.round(best * 1000) / 1000;
      },
      { base64, columns: file.includes('columns') },
    );
  }
  console.log(JSON.stringify(times));
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
