#!/usr/bin/env node
// Makes docs/bench/REPORT.md, and its plots, from the raw results in docs/bench/results and from nothing else, after it
// has taken there what make bench, make chaos and make soak left in proof/results.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plot } from './plot.mjs';
import { AIMS, CHAPTERS, sectionOf } from './report-sections.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const measured = join(root, 'proof', 'results');
const bench = join(root, 'docs', 'bench');
const kept = join(bench, 'results');

/** Commands of results that do not tell it themselves: those of tests. */
const commands = {
  'room-faults': 'make chaos',
  'rolling-restart': 'make chaos',
  partitions: 'make chaos',
  budget: 'mvn test -pl proof/e2e -Dtest=ClusterBudgetTest -Dapfa.budget.seconds=40 -Dapfa.faults.results=true',
};

const words = (key) => String(key).replaceAll('_', ' ');
const shown = (value) => (value === undefined ? '' : typeof value === 'number' ? value.toLocaleString('en-US') : value);
const time = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`;

function table(titles, lines, left) {
  const rule = titles.map((title, i) => (i === 0 && left ? '---' : '---:'));
  return `\n| ${titles.join(' | ')} |\n| ${rule.join(' | ')} |\n${lines.map((line) => `| ${line.map(shown).join(' | ')} |`).join('\n')}\n`;
}

/** One line a record, one column a figure: what a reader looks for first, then the rest. */
function recordTables(rows, first = {}) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const name = keys[0];
  const wanted = keys.filter((key) => key in first);
  const rest = keys.filter((key) => key !== name && !(key in first));
  const parts = wanted.length > 0 ? [wanted, rest] : [rest];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => {
      const filled = rows.filter((row) => part.some((key) => row[key] !== undefined));
      const titles = [words(name), ...part.map((key) => first[key] ?? words(key))];
      return table(titles, filled.map((row) => [typeof row[name] === 'string' ? words(row[name]) : row[name], ...part.map((key) => row[key])]), typeof rows[0][name] === 'string');
    })
    .join('');
}

/** The records that figures with two things in their names make, and the figures that are left. */
function recordsOf(figures, matrix) {
  const records = new Map();
  const rest = {};
  for (const [key, value] of Object.entries(figures)) {
    const { line, column } = matrix?.pattern.exec(key)?.groups ?? {};
    if (line === undefined) {
      rest[key] = value;
      continue;
    }
    if (!records.has(line)) records.set(line, { [matrix.title]: line });
    records.get(line)[column] = value;
  }
  return { records: [...records.values()], rest };
}

/** A bench that drew a second-by-second timeline: how many seconds kept the bound on a machine that was not busy elsewhere. */
function quietSeconds(figures) {
  const quiet = (figures.timeline ?? [])
    .map((point, i, all) => ({ ...point, bound: Math.max(point.interval_ms, all[i - 1]?.interval_ms ?? 0) + 100 }))
    .filter((point) => point.phase !== 'warm-up' && point.others_cpu_percent < 10);
  const over = quiet.filter((point) => point.p99_ms > point.bound).length;
  return quiet.length === 0 ? '' : `\nSeconds in which strangers had under 10 % of a processor, with p99 over interval plus 100 ms: ${over} of ${quiet.length}.\n`;
}

function sectionText(name, result) {
  const layout = sectionOf(name);
  const { java, os, cores, measured_at: at, command, rows, timeline, changes, ...figures } = result;
  let text = `\n### ${layout.title}\n\n\`${command ?? commands[name] ?? `scripts/bench ${name}`}\` · Java ${java} · ${os} · ${cores} cores · ${time(at)} · [raw](results/${name}.json)\n`;
  if (layout.note) text += `\n${layout.note}\n`;
  const { records, rest } = recordsOf(figures, layout.matrix);
  const flat = Object.entries(rest).filter(([, value]) => !Array.isArray(value));
  if (Array.isArray(rows)) text += recordTables(rows, layout.first);
  if (records.length > 0) text += recordTables(records, layout.first);
  if (flat.length > 0) text += table(['figure', 'value'], flat.map(([key, value]) => [words(key), value]), true);
  text += quietSeconds(result);
  const drawing = plot(name, result);
  if (drawing) {
    writeFileSync(join(bench, `${name}.svg`), drawing);
    text += `\n![${name}](${name}.svg)\n`;
  }
  return text;
}

/** The latest of each fault that make chaos hurt a bridge, a broker or a worker with. */
function faultsText(lines) {
  const latest = new Map(lines.map((line) => JSON.parse(line)).map(({ fault, java, os, cores, ...rest }) => [fault, rest]));
  const rows = [...latest].map(([fault, { measured_at: at, ...figures }]) => [
    fault,
    Object.entries(figures).map(([key, value]) => `${words(key)} ${shown(value)}`).join(' · '),
    time(at),
  ]);
  return `\n### Bridge, broker and worker\n\n\`make chaos\`, the latest run of each. Takeover: from SIGKILL to the first later event in the table.\n${table(['fault', 'figures', 'measured'], rows, true)}`;
}

/** What a fault must not do, in the words of its figures. */
const HARM = ['lost', 'duplicated', 'out of order'];

/** How long a fault was felt; a fault has one of them. */
const RECOVERY = ['longest without updates ms', 'takeover ms', 'in doubt after ms'];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

/** What scripts/fault-rounds saw: each figure's median and worst over the rounds. */
function roundsText(lines) {
  const seen = new Map();
  const note = (fault, figure, value) => {
    if (typeof value !== 'number') return;
    if (!seen.has(fault)) seen.set(fault, new Map());
    seen.get(fault).set(figure, [...(seen.get(fault).get(figure) ?? []), value]);
  };
  const remarks = [];
  let last = 0;
  for (const line of lines) {
    const { fault, cores, measured_at: at, remark, ...figures } = JSON.parse(line);
    if (remark) {
      remarks.push(remark);
      continue;
    }
    last = Math.max(last, at);
    if (fault) {
      // The title of some says how long it took to notice, which is a figure of its own.
      const title = fault.replace(/, noticed in \d+ ms$/, '');
      const noticed = /noticed in (\d+) ms$/.exec(fault);
      if (noticed) note(title, 'noticed after ms', Number(noticed[1]));
      for (const [key, value] of Object.entries(figures)) note(title, words(key), value);
      if ('applied' in figures) note(title, 'lost', figures.published - figures.applied);
      if ('within_a_gap' in figures) note(title, 'lost', figures.tasks - figures.right - figures.within_a_gap);
      continue;
    }
    const kind = 'cut_seconds' in figures ? 'split ' : '';
    for (const of of Object.keys(figures).filter((key) => key.endsWith('_lost')).map((key) => key.slice(0, -'_lost'.length))) {
      for (const figure of ['lost', 'duplicated', 'out_of_order', 'not_recovered', 'longest_without_updates_ms', 'longest_recovery_ms'])
        note(kind + words(of), words(figure), figures[`${of}_${figure}`]);
    }
  }
  const rows = [...seen].map(([fault, figures]) => {
    const recovery = RECOVERY.find((figure) => figures.has(figure));
    const worst = (figure) => (figures.has(figure) ? shown(Math.max(...figures.get(figure))) : '');
    const rest = [...figures].filter(([figure]) => !HARM.includes(figure) && figure !== recovery);
    return [
      fault,
      Math.max(...[...figures.values()].map((values) => values.length)),
      ...HARM.map(worst),
      recovery ? shown(median(figures.get(recovery))) : '',
      recovery ? worst(recovery) : '',
      rest.map(([figure, values]) => `${figure} ${shown(median(values))} (${worst(figure)})`).join(' · '),
    ];
  });
  const titles = ['fault', 'rounds', ...HARM, 'recovered after, ms: median', 'worst', 'and: median (worst)'];
  return `\n### The failure table, again and again\n\n\`scripts/fault-rounds\` · ${time(last)}. Each fault on nodes of its own in every round. Lost, duplicated and out of order: the worst round; lost is what nobody was told of, tasks within a gap that is shown are counted apart. Recovered: the longest that a session was without updates, or until a standby took over, or until a dead worker's tasks were in doubt.\n${remarks.map((remark) => `\n${remark}\n`).join('')}${table(titles, rows, true)}`;
}

/** What was aimed at and what was reached; a figure without an aim is only told. */
function aimsText(results) {
  const rows = AIMS.map(({ aim, from, reached, met }) => {
    const result = results[from] ?? {};
    const value = reached(result);
    const known = typeof value === 'number' && !Number.isNaN(value);
    const verdict = !known || met === undefined ? '' : met(value, result) ? 'met' : '**missed**';
    return [aim, known ? Math.round(value * 100) / 100 : 'not measured', verdict, `\`${result.command ?? `scripts/bench ${from}`}\``];
  });
  return `\n## What was aimed at\n${table(['aim', 'reached', '', 'command'], rows, true)}`;
}

const lines = (name) => (existsSync(join(kept, name)) ? readFileSync(join(kept, name), 'utf8').split('\n').filter(Boolean) : []);

mkdirSync(kept, { recursive: true });
const fresh = existsSync(measured) ? readdirSync(measured).filter((file) => /\.jsonl?$/.test(file)) : [];
for (const file of fresh) copyFileSync(join(measured, file), join(kept, file));

const results = Object.fromEntries(
  readdirSync(kept)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [file.slice(0, -'.json'.length), JSON.parse(readFileSync(join(kept, file), 'utf8'))]),
);
if (Object.keys(results).length === 0) {
  console.error('docs/bench/results and proof/results: no results (expected: some; run make bench first)');
  process.exit(1);
}
const chapters = new Map(CHAPTERS.map((chapter) => [chapter, '']));
for (const [name, result] of Object.entries(results)) {
  const { chapter } = sectionOf(name);
  chapters.set(chapter, chapters.get(chapter) + sectionText(name, result));
}
if (lines('faults.jsonl').length > 0) chapters.set('Faults', chapters.get('Faults') + faultsText(lines('faults.jsonl')));
if (lines('fault-rounds.jsonl').length > 0) chapters.set('Faults', chapters.get('Faults') + roundsText(lines('fault-rounds.jsonl')));
const head = `# Bench report

Made by \`make report\` from the raw results in [results](results), which \`make bench\`, \`make chaos\` and \`make soak\`
leave; every figure can be rerun with the command above its table. The machine has few cores and is noisy: read
ratios within a table, not single figures.
`;
const body = [...chapters].filter(([, text]) => text).map(([chapter, text]) => `\n## ${chapter}\n${text}`);
writeFileSync(join(bench, 'REPORT.md'), head + aimsText(results) + body.join(''));
console.log(`docs/bench/REPORT.md: ${fresh.length} results measured here, ${Object.keys(results).length} in all`);
