import type { Task } from '@apfa/realtime-client';

const COLUMNS = [
  'uuid',
  'name',
  'state',
  'worker',
  'queue',
  'args',
  'kwargs',
  'retries',
  'sent',
  'received',
  'started',
  'succeeded',
  'failed',
  'runtime',
  'result',
  'exception',
] as const satisfies readonly (keyof Task)[];

/**
 * Tasks as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe in
 * front: arguments of tasks are not ours.
 */
export function toCsv(tasks: readonly Task[]): string {
  const lines = tasks.map((task) => COLUMNS.map((column) => cell(task[column])).join(','));
  return [COLUMNS.join(','), ...lines].join('\r\n') + '\r\n';
}

function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
