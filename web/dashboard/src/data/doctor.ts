import type { WorkerInfo } from '@apfa/realtime-client';
import type { LinkView } from '../app/store';

/** One thing the doctor looked at. */
export interface Finding {
  readonly name: string;
  readonly grade: 'good' | 'warning' | 'bad' | 'unknown';
  readonly what: string;
  /** What to type to fix it. */
  readonly fix?: string;
}

export interface Examined {
  readonly report: Readonly<Record<string, unknown>> | undefined;
  readonly link: LinkView;
  readonly workers: readonly WorkerInfo[];
  readonly taskCount: number;
  readonly gapCount: number;
  /** Whether the result backend has the result of a task that succeeded; nothing without such a task. */
  readonly isResultRead: boolean | undefined;
  /** Epoch seconds of this page. */
  readonly now: number;
}

const CLOCKS_APART_SECONDS = 5;
const SLOW_LAG_MS = 2_000;

/** What is wrong with the set-up, as far as this page and the server's own report can tell. */
export function examine(examined: Examined): readonly Finding[] {
  return [
    connection(examined),
    broker(examined),
    workers(examined),
    events(examined),
    clocks(examined),
    gaps(examined),
    backend(examined),
  ];
}

function connection({ link }: Examined): Finding {
  const name = 'This page is connected';
  switch (link.state) {
    case 'live': {
      const isSlow = (link.lagMs ?? 0) > SLOW_LAG_MS;
      return {
        name,
        grade: isSlow ? 'warning' : 'good',
        what: isSlow
          ? `Live, but updates are ${Math.round(link.lagMs ?? 0)} ms old when they arrive.`
          : `Live: ${link.reason}.`,
      };
    }
    case 'polling':
      return {
        name,
        grade: 'warning',
        what: `By polling: ${link.reason}. A proxy or firewall between here and the server may stop WebSockets (docs/troubleshooting.md).`,
        fix: 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_read_timeout 120s;',
      };
    case 'recovering':
      return { name, grade: 'warning', what: `Recovering: ${link.reason}.` };
    case 'offline':
      return { name, grade: 'bad', what: `Offline: ${link.reason}.` };
    default:
      return link.state satisfies never;
  }
}

function broker({ report }: Examined): Finding {
  const name = 'The broker answers';
  const said = report?.['broker'];
  if (typeof said !== 'string') {
    return { name, grade: 'unknown', what: 'The server does not say.' };
  }
  return said === 'answers'
    ? { name, grade: 'good', what: 'The bridge reaches it.' }
    : {
        name,
        grade: 'bad',
        what: said,
        fix: 'APFA_BROKER_URL=redis://host:6379/0 make run',
      };
}

function workers({ workers: all }: Examined): Finding {
  const name = 'A worker is alive';
  const online = all.filter((worker) => worker.status === 'online');
  if (online.length > 0) return { name, grade: 'good', what: `${online.length} online.` };
  return {
    name,
    grade: 'bad',
    what: all.length === 0 ? 'No worker has been heard of.' : `${all.length} known, none online.`,
    fix: 'celery -A your_app worker -E',
  };
}

function events({ taskCount, workers: all }: Examined): Finding {
  const name = 'Workers send events';
  if (taskCount > 0) return { name, grade: 'good', what: 'Tasks have been heard of.' };
  const isAnyOnline = all.some((worker) => worker.status === 'online');
  return {
    name,
    grade: isAnyOnline ? 'bad' : 'unknown',
    what: isAnyOnline
      ? 'Workers live, but no task event has come: events are off, or nothing has run.'
      : 'No task event has come yet.',
    fix: 'celery -A your_app control enable_events',
  };
}

function clocks({ workers: all, now }: Examined): Finding {
  const name = 'Clocks agree';
  const newest = Math.max(...all.map((worker) => worker.last_heartbeat ?? -Infinity));
  if (!Number.isFinite(newest)) {
    return { name, grade: 'unknown', what: 'No heartbeat to compare with.' };
  }
  const ahead = newest - now;
  return ahead > CLOCKS_APART_SECONDS
    ? {
        name,
        grade: 'warning',
        what: `The server's clock is ${ahead.toFixed(0)} s ahead of this device's: times and latencies shown here are off.`,
        fix: 'timedatectl set-ntp true',
      }
    : { name, grade: 'good', what: 'As far as this page can tell.' };
}

function gaps({ gapCount }: Examined): Finding {
  const name = 'No events are missing';
  return gapCount === 0
    ? { name, grade: 'good', what: 'No gap is known since this page was opened.' }
    : { name, grade: 'warning', what: `${gapCount} gaps are known; lists and charts show where.` };
}

function backend({ isResultRead }: Examined): Finding {
  const name = 'The result backend can be read';
  if (isResultRead === undefined) {
    return {
      name,
      grade: 'unknown',
      what: 'No task has succeeded yet whose result could be read.',
    };
  }
  return isResultRead
    ? { name, grade: 'good', what: 'It has the result of the task that succeeded last.' }
    : {
        name,
        grade: 'warning',
        what:
          'It has no result of the task that succeeded last. That is as it should be where the app ' +
          'ignores results or keeps them elsewhere than in Redis; losses of events are then not ' +
          'repaired from it.',
        fix: 'APFA_BROKER_RESULT_BACKEND_URL=redis://host:6379/1 make run',
      };
}
