import { describe, expect, it } from 'vitest';
import type { Task } from '@apfa/realtime-client';
import { Api, matches, type TaskFilter, type TaskPage } from '../src/data/api';
import { layOut } from '../src/data/canvasLayout';
import { removeView, saveView, savedViews } from '../src/data/views';
import { parseArgs, parseKwargs } from '../src/data/arguments';
import { toCsv } from '../src/data/csv';
import { examine } from '../src/data/doctor';
import { Rates, percentile } from '../src/data/rates';
import { StateCounts } from '../src/data/stateCounts';
import { isReachable } from '../src/app/services';
import { TaskList } from '../src/data/taskList';
import { formatSort, parseSort, type TaskSort } from '../src/data/taskSort';
import { TaskStore } from '../src/data/taskStore';
import { outcomeOf } from '../src/parts/states';
import { formatAgo, formatDuration, formatExact, shortUuid, splitName } from '../src/parts/format';

const task = (uuid: string, offset: number, more: Partial<Task> = {}): Task => ({
  uuid,
  state: 'PENDING',
  offset,
  ...more,
});

/** The list call of a server whose table a test fills, newest update first. */
class FakeApi extends Api {
  rows: Task[] = [];
  position = 'e:9';
  asked: { readonly limit: number; readonly cursor: string | undefined }[] = [];

  constructor() {
    super(undefined as never);
  }

  override tasks(filter: TaskFilter, limit: number, cursor?: string): Promise<TaskPage> {
    this.asked.push({ limit, cursor });
    const rows = this.rows.filter((row) => matches(row, filter));
    const from = Number(cursor ?? 0);
    return Promise.resolve({
      position: this.position,
      total: rows.length,
      tasks: rows.slice(from, from + limit),
      next: from + limit < rows.length ? String(from + limit) : null,
    });
  }
}

function list(api: FakeApi, filter: TaskFilter = {}) {
  const store = new TaskStore();
  const tasks = new TaskList(api, store, filter, (page) => {
    for (const each of page) store.put(each);
  });
  const told = (each: Task): boolean => {
    store.put(each);
    return tasks.onTask(each);
  };
  return { store, tasks, told };
}

const uuids = async (tasks: TaskList, start: number, end: number): Promise<string[]> =>
  (await tasks.rows(start, end)).map((each) => each.uuid);

describe('TaskStore', () => {
  it('should keep the row with the higher offset, whichever came first', () => {
    const store = new TaskStore();
    expect(store.put(task('a', 5, { state: 'STARTED' }))?.before).toBeUndefined();
    expect(store.put(task('a', 4))).toBeUndefined();
    expect(store.put(task('a', 5))).toBeUndefined();
    expect(store.put(task('a', 6, { state: 'SUCCESS' }))?.before?.state).toBe('STARTED');
    expect(store.get('a')?.state).toBe('SUCCESS');
  });

  it('should forget the ones not heard of for longest', () => {
    const store = new TaskStore();
    for (let index = 0; index < 30_001; index += 1) store.put(task(`t${index}`, index + 1));
    expect(store.size).toBe(30_000);
    expect(store.get('t0')).toBeUndefined();
  });
});

describe('isReachable', () => {
  const open = { at: 'open', transport: 'websocket' } as const;

  it('should keep commands back while the device has no network, though a socket looks open', () => {
    expect(isReachable({ state: 'offline', reason: '', since: 0, phase: open })).toBe(false);
    expect(isReachable({ state: 'recovering', reason: '', since: 0, phase: open })).toBe(true);
    expect(isReachable({ state: 'live', reason: '', since: 0, phase: open })).toBe(true);
  });
});

describe('TaskList', () => {
  it('should read pages as they are needed', async () => {
    const api = new FakeApi();
    api.rows = Array.from({ length: 450 }, (_, index) => task(`t${index}`, 1_000 - index));
    const { tasks } = list(api);
    await tasks.reload();
    expect(tasks.rowCount).toBe(450);
    expect(await uuids(tasks, 0, 2)).toEqual(['t0', 't1']);
    expect(api.asked).toHaveLength(1);
    expect(await uuids(tasks, 440, 500)).toHaveLength(10);
    expect(api.asked.map((each) => each.limit)).toEqual([200, 1_000]);
  });

  it('should be read anew, whole, once more newcomers waited than are kept', async () => {
    const api = new FakeApi();
    api.rows = [task('old', 1)];
    const { tasks, told } = list(api);
    await tasks.reload();
    for (let index = 0; index < 2_001; index += 1) told(task(`n${index}`, 2 + index));
    expect(tasks.isOutgrown).toBe(true);
    api.rows = Array.from({ length: 2_002 }, (_, index) =>
      task(`n${2_001 - index}`, 2_003 - index),
    );
    api.position = 'e:2002';
    told(task('n2001', 2_003));
    const reloading = tasks.reload();
    expect(await uuids(tasks, 0, 9)).toEqual(['old']);
    await reloading;
    expect(tasks.isOutgrown).toBe(false);
    expect(tasks.rowCount).toBe(2_002);
    expect(await uuids(tasks, 0, 2)).toEqual(['n2001', 'n2000']);
    expect(tasks.waitingCount).toBe(0);
  });

  it('should not put what an earlier reload left behind under the rows of a later one', async () => {
    const api = new FakeApi();
    api.rows = Array.from({ length: 450 }, (_, index) => task(`t${index}`, 1_000 - index));
    const { tasks } = list(api);
    await tasks.reload();
    const behind = tasks.rows(300, 310);
    api.rows = [task('only', 2_000)];
    await tasks.reload();
    await behind;
    expect(await uuids(tasks, 0, 9)).toEqual(['only']);
  });

  it('should let newcomers wait until they are admitted, newest first', async () => {
    const api = new FakeApi();
    api.rows = [task('old', 1)];
    const { tasks, told } = list(api);
    await tasks.reload();
    expect(told(task('new1', 2))).toBe(true);
    expect(told(task('new2', 3))).toBe(true);
    expect(told(task('new1', 4, { state: 'STARTED' }))).toBe(false);
    expect(await uuids(tasks, 0, 9)).toEqual(['old']);
    expect(tasks.waitingCount).toBe(2);
    expect(tasks.admit()).toBe(true);
    expect(tasks.admit()).toBe(false);
    expect(await uuids(tasks, 0, 9)).toEqual(['new2', 'new1', 'old']);
    expect((await tasks.rows(1, 2))[0]?.state).toBe('STARTED');
  });

  it('should let go of rows and newcomers that went on to another state, when it admits', async () => {
    const api = new FakeApi();
    api.rows = [task('b', 2, { state: 'STARTED' }), task('a', 1, { state: 'STARTED' })];
    const { tasks, told } = list(api, { state: 'STARTED' });
    await tasks.reload();
    told(task('brief', 10, { state: 'STARTED' }));
    expect(tasks.waitingCount).toBe(1);
    expect(told(task('brief', 11, { state: 'SUCCESS' }))).toBe(true);
    expect(tasks.waitingCount).toBe(0);
    expect(told(task('a', 12, { state: 'SUCCESS' }))).toBe(true);
    expect(await uuids(tasks, 0, 9)).toEqual(['b', 'a']);
    expect(tasks.admit()).toBe(true);
    expect(await uuids(tasks, 0, 9)).toEqual(['b']);
    expect(told(task('a', 13, { state: 'STARTED' }))).toBe(true);
    tasks.admit();
    expect(await uuids(tasks, 0, 9)).toEqual(['a', 'b']);
  });

  it('should not lose what comes between the question and the answer', async () => {
    const api = new FakeApi();
    api.rows = [task('a', 1)];
    const { tasks, told } = list(api);
    const reading = tasks.reload();
    told(task('between', 10));
    told(task('a', 3));
    await reading;
    tasks.admit();
    expect(await uuids(tasks, 0, 9)).toEqual(['between', 'a']);
  });

  it('should take only newcomers that match its filter', async () => {
    const { tasks, told } = list(new FakeApi(), { state: 'FAILURE' });
    await tasks.reload();
    expect(told(task('a', 1))).toBe(false);
    expect(told(task('b', 2, { state: 'FAILURE' }))).toBe(true);
  });
});

describe('TaskList with a sort', () => {
  const longest = { by: 'runtime', isDescending: true } as const;
  const sorted = (api: FakeApi, sort: TaskSort = longest) => {
    const store = new TaskStore();
    const keep = (page: readonly Task[]): void => {
      for (const each of page) store.put(each);
    };
    const tasks = new TaskList(api, store, {}, keep, sort);
    const told = (each: Task): boolean => {
      store.put(each);
      return tasks.onTask(each);
    };
    return { tasks, told };
  };

  it('should be of the newest thousand, what has no value last', async () => {
    const api = new FakeApi();
    api.rows = Array.from({ length: 1_200 }, (_, index) =>
      task(`t${index}`, 2_000 - index, index % 2 === 0 ? { runtime: index } : {}),
    );
    const { tasks } = sorted(api);
    await tasks.reload();
    expect([tasks.rowCount, tasks.total]).toEqual([1_000, 1_200]);
    expect(await uuids(tasks, 0, 2)).toEqual(['t998', 't996']);
    expect(await uuids(tasks, 999, 1_001)).toEqual(['t999']);
    const { tasks: shortest } = sorted(api, { by: 'runtime', isDescending: false });
    await shortest.reload();
    expect(await uuids(shortest, 0, 2)).toEqual(['t0', 't2']);
    expect(await uuids(shortest, 999, 1_001)).toEqual(['t999']);
  });

  it('should hold still until it admits, then have everybody in place', async () => {
    const api = new FakeApi();
    api.rows = [task('a', 2, { runtime: 5 }), task('b', 1)];
    const { tasks, told } = sorted(api);
    await tasks.reload();
    expect(told(task('b', 3, { runtime: 9 }))).toBe(true);
    expect(told(task('new', 4, { runtime: 7 }))).toBe(true);
    expect(await uuids(tasks, 0, 9)).toEqual(['a', 'b']);
    expect(tasks.waitingCount).toBe(1);
    expect(tasks.admit()).toBe(true);
    expect(await uuids(tasks, 0, 9)).toEqual(['b', 'new', 'a']);
    expect(tasks.admit()).toBe(false);
  });

  it('should stand in the URL as a word, descending with a minus', () => {
    expect(parseSort('-runtime')).toEqual(longest);
    expect(parseSort(formatSort(longest))).toEqual(longest);
    expect([parseSort(null), parseSort('toString'), parseSort('args')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('StateCounts', () => {
  it('should follow transitions between two answers of the server', () => {
    const counts = new StateCounts();
    counts.replace({ PENDING: 2 });
    counts.onTransition({ task: task('a', 2, { state: 'STARTED' }), before: task('a', 1) });
    counts.onTransition({ task: task('b', 3), before: undefined });
    expect(counts.snapshot()).toEqual({ PENDING: 2, STARTED: 1 });
    expect(counts.total).toBe(3);
  });
});

describe('Rates', () => {
  it('should count what ended by second and by name', () => {
    const rates = new Rates();
    const end = (uuid: string, state: string, timestamp: number, runtime: number): void => {
      rates.onTransition({
        task: task(uuid, 2, { state, timestamp, name: 'n', runtime }),
        before: task(uuid, 1),
      });
    };
    end('a', 'SUCCESS', 100.2, 1);
    end('b', 'SUCCESS', 100.9, 3);
    end('c', 'FAILURE', 101, 2);
    expect(rates.series(99, 101)).toEqual([
      { second: 99, started: 0, succeeded: 0, failed: 0 },
      { second: 100, started: 0, succeeded: 2, failed: 0 },
      { second: 101, started: 0, succeeded: 0, failed: 1 },
    ]);
    expect(rates.byName()).toMatchObject([{ name: 'n', succeeded: 2, failed: 1 }]);
    expect(rates.runtimePercentile(0.5)).toBe(2);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

describe('Rates.seed', () => {
  it('should take from a list what happened before, but only where the list is complete', () => {
    const rates = new Rates();
    const now = Math.floor(Date.now() / 1000);
    rates.seed(
      [
        task('a', 3, { name: 'n', started: now - 20, succeeded: now - 10, runtime: 10 }),
        task('b', 2, { name: 'n', started: now - 90, failed: now - 30 }),
      ],
      now - 60,
    );
    expect(rates.since).toBe(now - 60);
    const series = rates.series(now - 60, now);
    expect(series.reduce((sum, each) => sum + each.started, 0)).toBe(1);
    expect(rates.byName()).toMatchObject([{ succeeded: 1, failed: 1 }]);
  });
});

describe('toCsv', () => {
  it('should quote, and disarm what a spreadsheet would run', () => {
    const csv = toCsv([task('a', 1, { name: '=cmd()', args: 'say "hi", twice', runtime: 1.5 })]);
    const [, row] = csv.split('\r\n');
    expect(row).toBe(`a,'=cmd(),PENDING,,,"say ""hi"", twice",,,,,,,,1.5,,`);
  });
});

describe('examine', () => {
  const base = {
    report: { broker: 'answers' },
    link: { state: 'live', reason: 'connected by websocket', since: 0 } as const,
    workers: [{ hostname: 'w', status: 'online', last_heartbeat: 1_000 }],
    taskCount: 3,
    gapCount: 0,
    isResultRead: true as boolean | undefined,
    now: 1_000,
  };
  const grades = (more: Partial<typeof base>): Record<string, string> =>
    Object.fromEntries(examine({ ...base, ...more }).map((each) => [each.name, each.grade]));

  it('should find nothing wrong where nothing is', () => {
    expect(Object.values(grades({}))).not.toContain('bad');
  });

  it('should name what is broken and what to type', () => {
    const findings = examine({ ...base, report: { broker: 'connection refused' }, taskCount: 0 });
    const bad = findings.filter((each) => each.grade === 'bad');
    expect(bad.map((each) => each.name)).toEqual(['The broker answers', 'Workers send events']);
    expect(bad.every((each) => each.fix !== undefined)).toBe(true);
    expect(grades({ isResultRead: false })['The result backend can be read']).toBe('warning');
    expect(grades({ isResultRead: undefined })['The result backend can be read']).toBe('unknown');
    expect(grades({ workers: [] })['A worker is alive']).toBe('bad');
    expect(grades({ now: 900 })['Clocks agree']).toBe('warning');
  });
});

describe('arguments', () => {
  it('should be JSON, or nothing to keep what was there', () => {
    expect(parseArgs('')).toEqual({});
    expect(parseArgs('[1, "two"]')).toEqual({ value: [1, 'two'] });
    expect(parseArgs('{}').problem).toContain('list');
    expect(parseKwargs('[]').problem).toContain('object');
    expect(parseKwargs('{"a":').problem).toBeDefined();
  });
});

describe('outcomeOf', () => {
  it('should not show what an earlier try ended with once a task has succeeded', () => {
    const flaky = task('a', 1, { exception: "RuntimeError('not yet')", result: "'at last'" });
    expect(outcomeOf({ ...flaky, state: 'SUCCESS' })).toBe("'at last'");
    expect(outcomeOf({ ...flaky, state: 'RETRY' })).toBe("RuntimeError('not yet')");
  });
});

describe('format', () => {
  it('should say durations in human units', () => {
    expect(formatDuration(0.24)).toBe('240 ms');
    expect(formatDuration(9.984)).toBe('9.98 s');
    expect(formatDuration(192)).toBe('3 min 12 s');
    expect(formatDuration(7_260)).toBe('2 h 1 min');
    expect(formatDuration(3_600, 1)).toBe('1 h');
  });

  it('should say times twice', () => {
    expect(formatAgo(100, 100.4)).toBe('now');
    expect(formatAgo(100, 165)).toBe('1 min ago');
    expect(formatAgo(200, 100)).toBe('in 1 min');
    expect(formatExact(1_700_000_000.5, 'utc')).toBe('2023-11-14 22:13:20.500 UTC');
  });

  it('should shorten what is long', () => {
    expect(shortUuid('a918feee-d44b-4d32-a04e-2d25eb541d87')).toBe('a918feee…1d87');
    expect(splitName('shop.tasks.charge')).toEqual({ module: 'shop.tasks.', word: 'charge' });
    expect(splitName('charge')).toEqual({ module: '', word: 'charge' });
  });
});

describe('layOut', () => {
  it('should put a chain in columns and the members of a group in rows', () => {
    const { nodes, columns, rows } = layOut([
      { uuid: 'head' },
      { uuid: 'g1', parent_id: 'head' },
      { uuid: 'g2', parent_id: 'head' },
      { uuid: 'body', parent_id: 'g2' },
    ]);
    const at = Object.fromEntries(nodes.map((node) => [node.uuid, [node.column, node.row]]));
    expect(at).toEqual({ head: [0, 0], g1: [1, 0], g2: [1, 1], body: [2, 1] });
    expect([columns, rows]).toEqual([3, 2]);
  });

  it('should survive tasks that call each other in a circle, and too many of them', () => {
    const circle = layOut([
      { uuid: 'a', parent_id: 'b' },
      { uuid: 'b', parent_id: 'a' },
    ]);
    expect(circle.nodes).toHaveLength(2);
    const many = layOut(Array.from({ length: 250 }, (_, index) => ({ uuid: `t${index}` })));
    expect(many.hiddenCount).toBe(50);
  });
});

describe('saved views', () => {
  it('should be kept by name and forgotten', () => {
    localStorage.clear();
    saveView({ name: 'bad', search: 'state=FAILURE' });
    saveView({ name: 'bad', search: 'state=RETRY' });
    expect(savedViews()).toEqual([{ name: 'bad', search: 'state=RETRY' }]);
    expect(removeView('bad')).toEqual([]);
    localStorage.setItem('apfa-views', 'broken');
    expect(savedViews()).toEqual([]);
  });
});
