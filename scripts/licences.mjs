// The licences of everything in the jar, from its CycloneDX SBOM: a table, and an error for a component that
// has none or only licences that are not on the list.
import { readFileSync, writeFileSync } from 'node:fs';

const [bomFile, reportFile] = process.argv.slice(2);
// One of a component's licences has to be here; with several, the user chooses (dual licensing).
const fine = new Set(['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'EPL-1.0', 'EPL-2.0', 'MPL-2.0', 'AL 2.0']);

const { components } = JSON.parse(readFileSync(bomFile, 'utf8'));
const rows = [];
const wrong = [];
for (const { group, name, version, licenses = [] } of components) {
  const names = licenses.map(({ license, expression }) => license?.id ?? license?.name ?? expression);
  rows.push(`| ${group}:${name} | ${version} | ${names.join(', ')} |`);
  if (!names.some((each) => fine.has(each))) wrong.push(`${group}:${name}: ${names.join(', ') || 'no licence'} (expected: one of ${[...fine].join(', ')})`);
}
rows.sort();
writeFileSync(
  reportFile,
  ['# What is in apfa-realtime.jar', '', 'Made by `make sbom`.', '', '| component | version | licence |', '| --- | --- | --- |', ...rows, ''].join('\n'),
);
console.log(`${rows.length} components: ${reportFile}`);
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
