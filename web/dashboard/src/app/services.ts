import { createContext, useContext } from 'react';
import { useDispatch, useSelector, type TypedUseSelectorHook } from 'react-redux';
import {
  Commands,
  HttpError,
  RealtimeClient,
  OfflineQueue,
  Throttle,
  indexedDbStorage,
  newId,
  pageFrames,
  pageSignals,
  sharedTransport,
  sockJsTransport,
  sockJsUrl,
  systemTimers,
  watchQuality,
  webSocketTransport,
  webSocketUrl,
  type CommandSpec,
  type CommandUpdate,
  type LinkStatus,
  type Doubt,
  type QueueDepth,
  type RoomHandle,
  type Task,
  type WorkerInfo,
} from '@apfa/realtime-client';
import type { QualitySource } from '@apfa/realtime-client/react';
import { mirrorDoubts } from '@apfa/realtime-client/redux';
import { csrfHeader, forgetSession, loginUrlOf, onSessionElsewhere, openSession } from './identity';
import { Api, type TaskPage } from '../data/api';
import { hasEnded } from '../parts/states';
import { Rates } from '../data/rates';
import { StateCounts, fetchCounts } from '../data/stateCounts';
import { TaskStore, type Transition } from '../data/taskStore';
import {
  countsChanged,
  eventSeen,
  gapSeen,
  identityLearned,
  groupsChanged,
  lagMeasured,
  linkChanged,
  makeStore,
  pauseSeen,
  queuesChanged,
  roundTripMeasured,
  toastShown,
  troubleSeen,
  workersChanged,
  type GroupView,
  type PageEvent,
  type AppDispatch,
  type AppState,
  type AppStore,
} from './store';

const SOURCE = 'celery';
/** Tasks read before the stream is joined. */
const FIRST_PAGE = 500;
const COUNT_EVERY_MS = 5_000;
const LAG_EVERY_MS = 1_000;
const TROUBLE_EVERY_MS = 3_000;

/** What the pages work with; made once. */
export interface Services {
  readonly client: RealtimeClient;
  readonly api: Api;
  readonly store: AppStore;
  readonly tasks: TaskStore;
  readonly rates: Rates;
  readonly commands: Commands;
  readonly quality: QualitySource;
  /** New and changed tasks, told one by one as they come. */
  onTransition(listener: (transition: Transition) => void): () => void;
  /** The stream could not be continued: lists must be read anew. */
  onReload(listener: () => void): () => void;
  stop(): void;
}

export function startServices(baseUrl: string): Services {
  const timers = systemTimers;
  const page = pageSignals();
  const client = new RealtimeClient({
    baseUrl,
    httpHeaders: csrfHeader,
    // One WebSocket for all tabs of this browser; each falls back by itself.
    transports: [
      sharedTransport(webSocketTransport(webSocketUrl(baseUrl))),
      sockJsTransport(sockJsUrl(baseUrl)),
    ],
  });
  const api = new Api(client.http);
  const quality = watchQuality(client, timers);
  // What is asked for while there is no connection goes out when there is one, if it is still young.
  const queue = new OfflineQueue<CommandSpec>(
    timers,
    (msgId, spec) => client.http.post(spec.path, spec.body, { 'Idempotency-Key': msgId }),
    {},
    typeof indexedDB === 'undefined' ? undefined : indexedDbStorage('apfa-commands'),
  );
  void queue.restore().catch(() => undefined);
  const commands = new Commands(
    {
      deliver: (msgId, spec) => queue.enqueue(spec, { msgId, priority: priorityOf(spec) }),
      ask: (commandId) =>
        client.http.get<CommandUpdate>(`/api/v1/commands/${encodeURIComponent(commandId)}`),
    },
    timers,
  );
  const store = makeStore(commands);
  const tasks = new TaskStore();
  const rates = new Rates();
  const counts = new StateCounts();
  const onTransitions = new Set<(transition: Transition) => void>();
  const onReloads = new Set<() => void>();
  const stops: (() => void)[] = [];

  // Figures that change more often than this cannot be read.
  const countChanges = new Throttle<string, true>(
    timers,
    page,
    () => {
      store.dispatch(countsChanged(counts.snapshot()));
    },
    { onFrame: pageFrames, throttleMs: 250 },
  );

  const throttle = new Throttle<string, true>(
    timers,
    page,
    (changed) => {
      tasks.announce(new Set(changed.keys()));
      countChanges.put('counts', true);
    },
    { onFrame: pageFrames },
  );

  const groupChanges = new Throttle<string, GroupView>(
    timers,
    page,
    (changed) => {
      store.dispatch(groupsChanged([...changed.values()]));
    },
    { onFrame: pageFrames, throttleMs: 250 },
  );

  const happened = (tone: PageEvent['tone'], text: string): void => {
    store.dispatch(eventSeen({ id: newId(), at: timers.now() / 1000, tone, text }));
  };

  const onWorkers = (all: readonly WorkerInfo[]): void => {
    const { live } = store.getState();
    for (const worker of all) {
      const before = live.workers[worker.hostname];
      if (!before && live.isWorkersKnown) happened('success', `${worker.hostname} came up`);
      else if (before && before.status !== worker.status) {
        const isDown = worker.status === 'offline';
        happened(
          isDown ? 'error' : 'success',
          `${worker.hostname} is ${worker.status ?? 'unknown'}`,
        );
      }
    }
    store.dispatch(workersChanged(all));
  };

  const onTask = (task: Task): void => {
    const transition = tasks.put(task);
    if (!transition) return;
    counts.onTransition(transition);
    rates.onTransition(transition);
    throttle.put(task.uuid, true);
    for (const listener of onTransitions) listener(transition);
  };

  const learnIdentity = async (): Promise<void> => {
    store.dispatch(identityLearned(await openSession(client.http)));
  };

  /** A 401 anywhere, or a close that says so, means that the session is over. */
  const onUnauthorized = (reason: string, error?: HttpError): void => {
    forgetSession();
    store.dispatch(
      identityLearned({ at: 'signed-out', reason, ...(error ? loginUrlOf(error) : {}) }),
    );
  };

  const recount = async (): Promise<void> => {
    try {
      counts.replace(await fetchCounts(api));
      store.dispatch(countsChanged(counts.snapshot()));
    } catch {
      // The link's state already says that the server does not answer.
    }
  };

  const reload = (): void => {
    tasks.clear();
    for (const listener of [...onReloads]) listener();
    void recount();
  };

  let isStopped = false;
  let stream: RoomHandle | undefined;
  const join = async (): Promise<void> => {
    // The list first, then the stream from the list's position: nothing is missed between.
    let position: string | undefined;
    for (
      let waitMs = 1_000;
      position === undefined && !isStopped;
      waitMs = Math.min(waitMs * 2, 15_000)
    ) {
      try {
        const first = await api.tasks({}, FIRST_PAGE);
        for (const task of first.tasks) tasks.put(task);
        rates.seed(first.tasks, completeFrom(first, timers.now() / 1000));
        position = first.position;
      } catch (error) {
        if (error instanceof HttpError && error.status === 401) {
          onUnauthorized('', error);
          return;
        }
        await new Promise<void>((resolve) => timers.after(waitMs, resolve));
      }
    }
    if (isStopped || position === undefined) return;
    stream = client.room(`${SOURCE}:tasks`, { position });
    stream.on('task_update', onTask);
    stream.on('command_update', (update) => {
      commands.onCommandUpdate(update);
    });
    stream.on('batch_progress', (progress) => {
      groupChanges.put(progress.group_id, { ...progress, changedAt: timers.now() / 1000 });
    });
    stream.on('gap', (gap) => {
      store.dispatch(gapSeen({ ...gap, seenAt: timers.now() / 1000 }));
      happened('warning', `events are missing: ${gap.reason}`);
    });
    stream.on('discontinuity', ({ before, after }) => {
      store.dispatch(
        gapSeen({
          since: 0,
          until: timers.now() / 1000,
          reason: `the page was away too long (from ${before?.offset ?? 0} to ${after?.offset ?? 0}); lists were read anew`,
          seenAt: timers.now() / 1000,
        }),
      );
      reload();
    });
    await recount();
  };

  const collect = <T>(name: string, take: (all: readonly T[]) => void, typeOf: string): void => {
    const room = client.room(name);
    stops.push(
      room.on('batch', ({ updates }) => {
        const all: unknown[] = updates.filter((u) => u.type === typeOf).map((u) => u.data);
        if (all.length > 0) take(all as readonly T[]);
      }),
      () => {
        room.close();
      },
    );
  };
  collect<WorkerInfo>(`${SOURCE}:workers`, onWorkers, 'worker_update');
  collect<QueueDepth>(
    `${SOURCE}:queues`,
    (all) => {
      for (const queue of all) rates.onDepth(queue, timers.now() / 1000);
      store.dispatch(queuesChanged(all));
    },
    'queue_depth',
  );

  stops.push(
    client.on('status', (status) => {
      store.dispatch(linkChanged(status));
      queue.setOpen(isReachable(status));
      const { phase } = status;
      if (phase.at === 'stopped' && phase.isFatal && /authori[sz]ed|revoked/.test(phase.reason)) {
        onUnauthorized(phase.reason);
      }
    }),
    onSessionElsewhere((identity) => {
      // The connection and what was read through it are the former user's.
      if (identity.at === 'known') location.reload();
      else store.dispatch(identityLearned(identity));
    }),
    client.on('roundTrip', (ms) => store.dispatch(roundTripMeasured(ms))),
    mirrorDoubts(commands, store.dispatch),
    commands.subscribe(announceOutcomes(store, tasks, happened)),
    every(COUNT_EVERY_MS, () => {
      if (page.isVisible() && client.link.state !== 'offline') void recount();
    }),
    every(TROUBLE_EVERY_MS, () => {
      if (page.isVisible() && client.link.state !== 'offline') void lookForTrouble(api, store);
    }),
    every(LAG_EVERY_MS, () => {
      const { lagMs } = client;
      if (lagMs !== undefined && lagMs !== store.getState().link.lagMs) {
        store.dispatch(lagMeasured(lagMs));
      }
    }),
  );
  client.start();
  void learnIdentity();
  void join();

  return {
    client,
    api,
    store,
    tasks,
    rates,
    commands,
    quality,
    onTransition(listener) {
      onTransitions.add(listener);
      return () => onTransitions.delete(listener);
    },
    onReload(listener) {
      onReloads.add(listener);
      return () => onReloads.delete(listener);
    },
    stop() {
      isStopped = true;
      for (const stop of stops) stop();
      stream?.close();
      throttle.close();
      countChanges.close();
      groupChanges.close();
      quality.stop();
      queue.close();
      client.stop();
    },
  };
}

/**
 * Epoch seconds from which on a page of the list holds everything. The newest update comes first, so
 * a page that has a next one is complete back to its last row, and a whole list to its first task.
 */
function completeFrom({ tasks, next }: TaskPage, now: number): number {
  if (next !== null) return tasks.at(-1)?.timestamp ?? now;
  return tasks.reduce(
    (oldest, task) => Math.min(oldest, task.sent ?? task.received ?? task.timestamp ?? now),
    now,
  );
}

/**
 * Whether commands can be posted: not while the way to the server is unknown. A connection may still
 * look open when the device has no network.
 */
export function isReachable({ state, phase }: LinkStatus): boolean {
  return state !== 'offline' && (state !== 'recovering' || phase.at === 'open');
}

/** What stops something goes before what starts something. */
function priorityOf({ kind }: CommandSpec): number {
  if (kind === 'terminate' || kind === 'revoke' || kind === 'pause') return 8;
  return kind === 'retry' || kind === 'trigger' ? 3 : 5;
}

/** One toast for each command that settled, with the reason and the next step. */
function announceOutcomes(
  store: AppStore,
  tasks: TaskStore,
  happened: (tone: PageEvent['tone'], text: string) => void,
): () => void {
  const told = new Set<string>();
  return () => {
    const { doubts } = store.getState();
    const settled = Object.values(doubts.doubts).filter(
      (doubt) => doubt.settledAt !== undefined && !told.has(doubt.id),
    );
    if (settled.length === 0) return;
    for (const doubt of settled) told.add(doubt.id);
    if (told.size > 5_000) told.clear();
    const failed = settled.filter((doubt) => doubt.phase !== 'confirmed');
    const first = failed[0] ?? settled[0];
    if (!first) return;
    for (const { kind, target, phase } of settled) {
      const queue = target.startsWith('queue:') ? target.slice('queue:'.length) : undefined;
      if (queue !== undefined && phase === 'confirmed' && (kind === 'pause' || kind === 'resume')) {
        store.dispatch(pauseSeen({ queue, isPaused: kind === 'pause' }));
      }
    }
    const tone = failed.length === 0 ? 'success' : first.phase === 'unknown' ? 'warning' : 'error';
    happened(tone, `${sentence(first, settled.length)} (${first.target})`);
    store.dispatch(
      toastShown({
        id: newId(),
        tone,
        text: sentence(first, failed.length === 0 ? settled.length : failed.length),
        ...(failed.length > 0
          ? { hint: nextStep(first) }
          : settled.some((doubt) => isStillRunning(doubt, tasks))
            ? { hint: 'What already runs goes on; Terminate stops it.' }
            : {}),
      }),
    );
  };
}

/** A revoke is kept for tasks that have not begun; one that runs is not stopped by it. */
function isStillRunning({ kind, target }: Doubt, tasks: TaskStore): boolean {
  const task = tasks.get(target);
  return kind === 'revoke' && task?.started !== undefined && !hasEnded(task);
}

function sentence(doubt: Doubt, count: number): string {
  const what = count > 1 ? `${count} × ${doubt.kind}` : doubt.kind;
  if (doubt.phase === 'confirmed') return `${what}: confirmed`;
  if (doubt.phase === 'unknown') return `${what}: outcome unknown after a minute`;
  return `${what} failed: ${doubt.reason ?? 'no reason given'}`;
}

function nextStep(doubt: Doubt): string {
  switch (doubt.reason) {
    case 'no-answer':
      return 'No worker answered in time. Look at Workers: is one alive and listening?';
    case 'no-worker':
      return 'No worker is there to do it. Start one, then try again.';
    default:
      return doubt.phase === 'unknown'
        ? 'The row shows what the server says now; look at it before trying again.'
        : 'The row is back to what the server says.';
  }
}

function every(ms: number, run: () => void): () => void {
  const id = setInterval(run, ms);
  return () => {
    clearInterval(id);
  };
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('no services: the page must be inside ServicesContext');
  return services;
}

export const useAppSelector: TypedUseSelectorHook<AppState> = useSelector;
export const useAppDispatch = (): AppDispatch => useDispatch<AppDispatch>();

/** Whether commands are offered: not those that the server would refuse our role anyway. */
export function useMayCommand(least: 'operator' | 'admin' = 'operator'): boolean {
  return useAppSelector((state) => mayCommand(state, least));
}

export function mayCommand({ identity }: AppState, least: 'operator' | 'admin'): boolean {
  return (
    identity.at === 'known' &&
    (identity.role === 'admin' || (least === 'operator' && identity.role === 'operator'))
  );
}

/** Asks whether the server hears Celery: a page can be live on a server that is deaf. */
async function lookForTrouble(api: Api, store: AppStore): Promise<void> {
  let trouble: string | undefined;
  try {
    const report = await api.doctor();
    if (report['connected'] === false) {
      const broker = typeof report['broker'] === 'string' ? report['broker'] : 'no answer';
      trouble = `the server cannot reach the broker: ${broker}`;
    }
  } catch (error) {
    // No permission to ask, or no answer at all, says nothing about the broker.
    if (!(error instanceof HttpError) || error.status !== 503) return;
    trouble = `the server hears no events: ${error.message}`;
  }
  if (trouble !== store.getState().link.trouble) store.dispatch(troubleSeen(trouble));
}
