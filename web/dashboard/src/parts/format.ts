/** Times and sizes in human words. Times come in epoch seconds, durations in seconds. */
export type TimeZoneChoice = 'local' | 'utc';

const counts = new Intl.NumberFormat('en-US');

/** One formatter per time zone: to make one costs more than to use it a hundred times. */
const formatters = new Map<TimeZoneChoice, Intl.DateTimeFormat>();

function formatterOf(zone: TimeZoneChoice): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hour12: false,
      ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
      timeZoneName: 'short',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

export function formatExact(epochSeconds: number, zone: TimeZoneChoice): string {
  const parts = formatterOf(zone).formatToParts(new Date(epochSeconds * 1000));
  const get = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${get('year')}-${get('month')}-${get('day')} ${get('hour')}:${get('minute')}:${get('second')}.${get('fractionalSecond')} ${get('timeZoneName')}`;
}

export function formatAgo(epochSeconds: number, nowSeconds: number): string {
  const seconds = nowSeconds - epochSeconds;
  if (seconds < -1) return `in ${formatDuration(-seconds, 1)}`;
  if (seconds < 1) return 'now';
  return `${formatDuration(seconds, 1)} ago`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `3 min 12 s`, `240 ms`; at most `parts` units. */
export function formatDuration(seconds: number, parts = 2): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 0.001) return '0 ms';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(seconds < 10 && parts > 1 ? 2 : 0)} s`;
  const words: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, word] of UNITS) {
    if (rest >= size && words.length < parts) {
      words.push(`${Math.floor(rest / size)} ${word}`);
      rest %= size;
    } else if (words.length > 0) break;
  }
  return words.join(' ') || '0 s';
}

export function formatCount(value: number): string {
  return counts.format(value);
}

/** A uuid shortened in the middle. */
export function shortUuid(uuid: string): string {
  return uuid.length > 16 ? `${uuid.slice(0, 8)}…${uuid.slice(-4)}` : uuid;
}

/** `shop.tasks.charge_card` as its last word and what stands before. */
export function splitName(name: string): { readonly module: string; readonly word: string } {
  const dot = name.lastIndexOf('.');
  return { module: name.slice(0, dot + 1), word: name.slice(dot + 1) };
}
