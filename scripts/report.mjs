#!/usr/bin/env node
// Makes docs/bench/REPORT.md from the raw results in proof/results: one table a bench, nothing that is
// not in them, and a plot where they have a timeline. Sections of benches that were not run here stay as they are, with their own date and machine.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plot } from './plot.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(root, 'proof', 'results');
const commands = {
  sizes: 'scripts/bench sizes',
  'latency-100-170': 'scripts/bench latency 100 170 60',
  'latency-100-170-low': 'scripts/bench latency 100 170 60 conf/limits-low-latency.yaml',
  'latency-1000-170-low': 'scripts/bench latency 1000 170 40 conf/limits-low-latency.yaml 5',
  stream: 'scripts/bench stream',
  ingest: 'scripts/bench ingest',
  table: 'scripts/bench table',
  'idle-9500': 'scripts/bench idle 9500 raw',
  'fanout-1000': 'scripts/bench fanout 1000 5',
  'fanout-5000': 'scripts/bench fanout 5000 5',
  rooms: 'scripts/bench rooms',
  'page-1000': 'scripts/bench page 1000 10000 20',
  'page-1000-600': 'scripts/bench page 1000 10000 5 600',
  steps: 'scripts/bench steps',
  'squeeze-800-1000': 'scripts/bench squeeze 800 1000 25',
  'squeeze-2000-2000-msgpack-columns': 'scripts/bench squeeze 2000 2000 30 conf/limits-low-latency.yaml 5 msgpack-columns',
  budget: 'mvn test -pl proof/e2e -Dtest=ClusterBudgetTest -Dapfa.budget.seconds=40 -Dapfa.faults.results=true',
  fairness: 'scripts/bench fairness 300 200 8',
  'squeeze-simulation': 'scripts/bench squeeze-simulation',
  faults: 'make chaos',
  'room-faults': 'make chaos',
  'rolling-restart': 'make chaos',
  partitions: 'make chaos',
};
/** Columns of the first table of a bench that has rows, with their titles; the others follow in a second. */
const columns = {
  drops: {
    server: 'server',
    delivered_percent: 'delivered, %',
    duplicated: 'duplicated',
    out_of_order: 'out of order',
    all_caught_up_median_ms: 'all caught up after link up, ms: median',
    all_caught_up_worst_ms: 'worst',
  },
  transports: {
    transport: 'transport',
    mean_ms: 'mean, ms',
    p95_ms: 'p95, ms',
    kilobytes_of_10_000_updates: 'kB of 10,000 updates, a session',
    client_cpu_percent_per_session: "client's CPU, % of a core a session",
    server_cpu_percent: "server's CPU, % of a core, all sessions",
  },
};

const shown = (value) => (value === undefined ? '' : typeof value === 'number' ? value.toLocaleString('en-US') : value);

/** One line a record, one column a figure: what a reader looks for first, then the rest. */
function tables(name, rows) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const titles = columns[name.replace(/-[0-9]+$/, '')] ?? Object.fromEntries(keys.map((key) => [key, key.replaceAll('_', ' ')]));
  const rest = keys.filter((key) => !(key in titles));
  const parts = [titles];
  if (rest.length > 0) {
    parts.push(Object.fromEntries([keys[0], ...rest].map((key) => [key, titles[key] ?? key.replaceAll('_', ' ')])));
  }
  return parts
    .map((part) => {
      const filled = rows.filter((row) => Object.keys(part).slice(1).some((key) => row[key] !== undefined));
      const lines = filled.map((row) => `| ${Object.keys(part).map((key) => shown(row[key])).join(' | ')} |`);
      const rule = Object.keys(part).map((key, i) => (i === 0 && typeof rows[0][key] === 'string' ? '---' : '---:'));
      return `\n| ${Object.values(part).join(' | ')} |\n| ${rule.join(' | ')} |\n${lines.join('\n')}\n`;
    })
    .join('');
}
if (!existsSync(results)) {
  console.error('proof/results: not there (expected: raw results; run make bench first)');
  process.exit(1);
}
const files = readdirSync(results).filter((file) => file.endsWith('.json')).sort();
const report = join(root, 'docs', 'bench', 'REPORT.md');
const head = `# Bench report

Made by \`make report\` from the raw results of \`make bench\` and \`make chaos\`; every figure can be rerun with the
command above its table. The machine has few cores and is noisy: read ratios, not single figures.
`;
const sections = new Map();
mkdirSync(join(root, 'docs', 'bench'), { recursive: true });
if (existsSync(report)) {
  for (const section of readFileSync(report, 'utf8').split(/^## /m).slice(1)) {
    sections.set(section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n')).trimEnd());
  }
}
for (const file of files) {
  const name = file.slice(0, -'.json'.length);
  const figures = JSON.parse(readFileSync(join(results, file), 'utf8'));
  const { java, os, cores, measured_at: at, command, ...rest } = figures;
  let text = `\n\n\`${command ?? commands[name] ?? `scripts/bench ${name}`}\` · Java ${java} · ${os} · ${cores} cores · ${new Date(at * 1000).toISOString().slice(0, 16)}Z\n\n| figure | value |\n| --- | ---: |\n`;
  for (const [key, value] of Object.entries(rest)) {
    if (Array.isArray(value)) continue;
    text += `| ${key.replaceAll('_', ' ')} | ${shown(value)} |\n`;
  }
  if (Array.isArray(figures.rows)) text += tables(name, figures.rows);
  const quiet = (figures.timeline ?? [])
    .map((point, i, all) => ({ ...point, bound: Math.max(point.interval_ms, all[i - 1]?.interval_ms ?? 0) + 100 }))
    .filter((point) => point.phase !== 'warm-up' && point.others_cpu_percent < 10);
  if (quiet.length > 0) {
    const over = quiet.filter((point) => point.p99_ms > point.bound).length;
    text += `| seconds in which strangers had under 10 % of a processor: p99 over interval plus 100 ms, of all | ${over} of ${quiet.length} |\n`;
  }
  const drawing = plot(name, figures);
  if (drawing) {
    writeFileSync(join(root, 'docs', 'bench', `${name}.svg`), drawing);
    text += `\n![${name}](${name}.svg)\n`;
  }
  sections.set(name, text.trimEnd());
}
const faults = join(results, 'faults.jsonl');
if (existsSync(faults)) {
  const latest = new Map();
  for (const line of readFileSync(faults, 'utf8').split('\n').filter(Boolean)) {
    const { fault, java, cores, ...rest } = JSON.parse(line);
    latest.set(fault, rest);
  }
  let text = '\n\n`make chaos`, the latest run of each. Takeover: from SIGKILL to the first later event in the table.\n\n| fault | figures | measured |\n| --- | --- | --- |\n';
  for (const [fault, { measured_at: at, ...figures }] of latest) {
    const measured = Object.entries(figures)
      .map(([key, value]) => `${key.replaceAll('_', ' ')} ${shown(value)}`)
      .join(' · ');
    text += `| ${fault} | ${measured} | ${new Date(at * 1000).toISOString().slice(0, 16)}Z |\n`;
  }
  sections.set('faults', text.trimEnd());
}
const rounds = roundsOf(join(results, 'rounds'));
if (rounds) sections.set('fault-rounds', rounds);
const names = [...sections.keys()].sort();
writeFileSync(report, head + names.map((name) => `\n## ${name}${sections.get(name)}\n`).join(''));
console.log(`docs/bench/REPORT.md: ${files.length} benches measured here, ${names.length} sections`);

/** What scripts/fault-rounds saw: each figure's median and worst over the rounds. */
function roundsOf(folder) {
  if (!existsSync(folder)) return undefined;
  const seen = new Map();
  const note = (fault, figure, value) => {
    if (typeof value !== 'number') return;
    if (!seen.has(fault)) seen.set(fault, new Map());
    const figures = seen.get(fault);
    figures.set(figure, [...(figures.get(figure) ?? []), value]);
  };
  let last = 0;
  for (const file of readdirSync(folder).sort()) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (file.endsWith('.jsonl')) {
      for (const line of text.split('\n').filter(Boolean)) {
        const { fault, cores, measured_at: at, ...figures } = JSON.parse(line);
        last = Math.max(last, at);
        // The title of some says how long it took to notice, which is a figure of its own.
        const title = fault.replace(/, noticed in \d+ ms$/, '');
        const noticed = /noticed in (\d+) ms$/.exec(fault);
        if (noticed) note(title, 'noticed after ms', Number(noticed[1]));
        for (const [key, value] of Object.entries(figures)) note(title, key.replaceAll('_', ' '), value);
      }
    } else {
      const figures = JSON.parse(text);
      last = Math.max(last, figures.measured_at);
      for (const fault of Object.keys(figures).filter((key) => key.endsWith('_lost')).map((key) => key.slice(0, -'_lost'.length))) {
        for (const figure of ['lost', 'duplicated', 'out_of_order', 'not_recovered', 'longest_without_updates_ms', 'longest_recovery_ms'])
          note(fault.replaceAll('_', ' '), figure.replaceAll('_', ' '), figures[`${fault}_${figure}`]);
      }
    }
  }
  if (seen.size === 0) return undefined;
  let table = `\n\n\`scripts/fault-rounds\` · ${new Date(last * 1000).toISOString().slice(0, 16)}Z. Each fault on nodes of its own, in every round: median, and the worst.\n\n| fault | rounds | figures: median (worst) |\n| --- | ---: | --- |\n`;
  for (const [fault, figures] of seen) {
    let count = 0;
    const medians = [...figures].map(([figure, values]) => {
      const sorted = [...values].sort((a, b) => a - b);
      count = Math.max(count, sorted.length);
      const median = sorted[Math.floor((sorted.length - 1) / 2)];
      const worst = sorted[sorted.length - 1];
      return median === worst ? `${figure} ${shown(worst)}` : `${figure} ${shown(median)} (${shown(worst)})`;
    });
    table += `| ${fault} | ${count} | ${medians.join(' · ')} |\n`;
  }
  return table.trimEnd();
}
