import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';
import { describe, expect, it } from 'vitest';

const BUDGET_BYTES = 25 * 1024;

describe('the size of the core', () => {
  it('should stay under 25 KB gzipped, msgpack included', async () => {
    const result = await build({
      configFile: false,
      root: new URL('..', import.meta.url).pathname,
      logLevel: 'silent',
      build: {
        write: false,
        target: 'es2022',
        lib: { entry: 'src/index.ts', formats: ['es'] },
        minify: true,
        rolldownOptions: { external: ['sockjs-client'] },
      },
    });
    const outputs = (Array.isArray(result) ? result : [result]) as Rollup.RollupOutput[];
    const code = outputs
      .flatMap((output) => output.output)
      .map((chunk) => (chunk.type === 'chunk' ? chunk.code : ''))
      .join('');
    expect(code.length).toBeGreaterThan(10_000);
    expect(gzipSync(code).length).toBeLessThan(BUDGET_BYTES);
  }, 60_000);
});
