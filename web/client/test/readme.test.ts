import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

describe('the README of the project', () => {
  it('should show the page of embed.html as it is run by a test', () => {
    const page = readFileSync(new URL('examples/embed.html', root), 'utf8').trim();
    expect(readFileSync(new URL('../../README.md', root), 'utf8')).toContain(page);
  });
});

describe('the README', () => {
  it.each(readdirSync(new URL('examples/', root)))(
    'should show %s as it is compiled by the type check',
    (name) => {
      expect(readme).toContain(readFileSync(new URL(`examples/${name}`, root), 'utf8').trim());
    },
  );
});
