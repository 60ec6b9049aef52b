import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

describe('the README', () => {
  it.each(readdirSync(new URL('examples/', root)))(
    'should show %s as it is compiled by the type check',
    (name) => {
      expect(readme).toContain(readFileSync(new URL(`examples/${name}`, root), 'utf8').trim());
    },
  );
});
