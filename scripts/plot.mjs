// Draws a squeeze bench's or its simulation's timeline as SVG: flush interval, p99 with its bound, and
// pressure, a panel each over the same seconds. Light background and dark text of its own, so that it reads
// the same on any page.

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 175;
const PANEL = 130;
const GAP = 34;
const TOP = 64;
const SHADES = { calm: '#ffffff', squeezed: '#fbe9e7', return: '#e8f5e9', 'warm-up': '#eceff1' };
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const tidy = (number) => Number(number.toFixed(1)).toString();

/** A round number not below `most`, and how to divide it. */
function scale(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1e-9)));
  const top = [1, 2, 2.5, 5, 10].map((step) => step * power).find((value) => value >= most * 0.999);
  return { top, ticks: [0, top / 2, top] };
}

/** Consecutive seconds of the same phase. */
function phases(timeline) {
  const spans = [];
  for (const point of timeline) {
    const last = spans.at(-1);
    if (last?.phase === point.phase) last.to = point.second;
    else spans.push({ phase: point.phase, from: point.second - 1, to: point.second });
  }
  return spans;
}

/** The plot of `figures`, whose `timeline` has a record for each second; null when it has none. */
export function plot(title, figures) {
  const { timeline, changes = [] } = figures;
  if (!Array.isArray(timeline) || timeline.length === 0) return null;
  const first = timeline[0].second - 1;
  const last = timeline.at(-1).second;
  const x = (second) => LEFT + ((second - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const panels = [
    { unit: 'ms', lines: [{ name: 'flush interval', color: '#1565c0', of: (p) => p.interval_ms, steps: true }] },
    {
      unit: 'ms',
      lines: [
        { name: 'bound: interval + 100 ms', color: '#c62828', of: (p, i) => Math.max(p.interval_ms, timeline[i - 1]?.interval_ms ?? 0) + 100, dash: '5 4', steps: true },
        { name: timeline[0].p99_ms === undefined ? 'drain lag' : 'p99, fast sessions', color: '#2e7d32', of: (p) => p.p99_ms ?? p.lag_ms },
      ],
    },
    {
      unit: '1 = limit',
      lines: [
        { name: 'pressure: what waits', color: '#6a1b9a', of: (p) => p.waiting },
        { name: 'pressure: processors', color: '#ef6c00', of: (p) => p.cpu },
      ],
    },
  ];
  const height = TOP + panels.length * (PANEL + GAP) + 24;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#263238" role="img" aria-label="${escape(title)}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="22" font-size="15" font-weight="600">${escape(title)}</text>`,
  ];
  panels.forEach((panel, index) => {
    const top = TOP + index * (PANEL + GAP);
    const most = Math.max(...panel.lines.flatMap((line) => timeline.map(line.of)));
    const { top: ceiling, ticks } = scale(most);
    const y = (value) => top + PANEL - (Math.min(value, ceiling) / ceiling) * PANEL;
    for (const span of phases(timeline)) {
      out.push(`<rect x="${tidy(x(span.from))}" y="${top}" width="${tidy(x(span.to) - x(span.from))}" height="${PANEL}" fill="${SHADES[span.phase] ?? '#ffffff'}"/>`);
      if (index === 0) out.push(`<text x="${tidy((x(span.from) + x(span.to)) / 2)}" y="${top - 8}" text-anchor="middle" fill="#546e7a">${span.phase}</text>`);
    }
    for (const tick of ticks) {
      out.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${tidy(y(tick))}" y2="${tidy(y(tick))}" stroke="#cfd8dc"/>`);
      out.push(`<text x="${LEFT - 6}" y="${tidy(y(tick) + 4)}" text-anchor="end">${tidy(tick)}</text>`);
    }
    out.push(`<text x="14" y="${top + PANEL / 2}" transform="rotate(-90 14 ${top + PANEL / 2})" text-anchor="middle" fill="#546e7a">${panel.unit}</text>`);
    panel.lines.forEach((line, place) => {
      let path = '';
      timeline.forEach((point, i) => {
        const [px, py] = [tidy(x(point.second)), tidy(y(line.of(point, i)))];
        path += i === 0 ? `M${px} ${py}` : line.steps ? `H${px}V${py}` : `L${px} ${py}`;
      });
      out.push(`<path d="${path}" fill="none" stroke="${line.color}" stroke-width="1.6"${line.dash ? ` stroke-dasharray="${line.dash}"` : ''}/>`);
      out.push(`<text x="${WIDTH - RIGHT + 8}" y="${top + 14 + 16 * place}" fill="${line.color}">${escape(line.name)}</text>`);
    });
    if (index === 0 && changes.some((change) => change.second !== undefined)) {
      for (const change of changes) {
        const refused = change.kind === 'refused';
        out.push(`<path d="M${tidy(x(change.second))} ${top + PANEL}l-4 8h8z" fill="${refused ? '#c62828' : '#90a4ae'}"><title>limits ${change.kind} after ${change.millis} ms</title></path>`);
      }
      out.push(`<text x="${WIDTH - RIGHT + 8}" y="${top + PANEL + 8}" fill="#546e7a">▴ limits changed</text>`);
      out.push(`<text x="${WIDTH - RIGHT + 8}" y="${top + PANEL + 23}" fill="#c62828">▴ nonsense refused</text>`);
    }
  });
  const foot = TOP + panels.length * (PANEL + GAP) - 12;
  for (let second = Math.ceil(first / 10) * 10; second <= last; second += 10) {
    out.push(`<text x="${tidy(x(second))}" y="${foot}" text-anchor="middle">${second}${second + 10 > last ? ' s' : ''}</text>`);
  }
  out.push('</svg>');
  return `${out.join('\n')}\n`;
}
