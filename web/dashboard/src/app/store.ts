import { configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type {
  BatchProgress,
  Commands,
  Gap,
  LinkStatus,
  QueueDepth,
  WorkerInfo,
} from '@apfa/realtime-client';
import { doubtsSlice } from '@apfa/realtime-client/redux';
import type { Identity } from './identity';
import type { TimeZoneChoice } from '../parts/format';

/** What the top bar tells of the connection. */
export interface LinkView {
  readonly state: LinkStatus['state'];
  readonly reason: string;
  readonly since: number;
  readonly nextAttemptAt?: number;
  readonly lagMs?: number;
  readonly roundTripMs?: number;
  /** What keeps the server itself from hearing Celery, though this page is connected to it. */
  readonly trouble?: string;
}

const linkSlice = createSlice({
  name: 'link',
  initialState: { state: 'recovering', reason: 'starting', since: 0 } as LinkView,
  reducers: {
    troubleSeen: (link, action: PayloadAction<string | undefined>): LinkView => {
      const { trouble: _before, ...rest } = link;
      return action.payload === undefined ? rest : { ...rest, trouble: action.payload };
    },
    linkChanged: (link, action: PayloadAction<LinkStatus>): LinkView => {
      const { state, reason, since, phase } = action.payload;
      return {
        ...(link.lagMs === undefined ? {} : { lagMs: link.lagMs }),
        ...(link.roundTripMs === undefined ? {} : { roundTripMs: link.roundTripMs }),
        ...(link.trouble === undefined ? {} : { trouble: link.trouble }),
        state,
        reason,
        since,
        ...(phase.at === 'waiting' ? { nextAttemptAt: phase.untilMs } : {}),
      };
    },
    lagMeasured: (link, action: PayloadAction<number>) => {
      link.lagMs = action.payload;
    },
    roundTripMeasured: (link, action: PayloadAction<number>) => {
      link.roundTripMs = action.payload;
    },
  },
});

/** Latest values that stand outside the stream, and what is derived from it. */
interface LiveState {
  readonly workers: Readonly<Record<string, WorkerInfo>>;
  readonly queues: Readonly<Record<string, QueueDepth>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly gaps: readonly (Gap & { readonly seenAt: number })[];
  readonly isWorkersKnown: boolean;
  readonly isQueuesKnown: boolean;
}

const MAX_GAPS = 50;

const liveSlice = createSlice({
  name: 'live',
  initialState: {
    workers: {},
    queues: {},
    counts: {},
    gaps: [],
    isWorkersKnown: false,
    isQueuesKnown: false,
  } as LiveState,
  reducers: {
    workersChanged: (live, action: PayloadAction<readonly WorkerInfo[]>): LiveState => ({
      ...live,
      isWorkersKnown: true,
      workers: {
        ...live.workers,
        ...Object.fromEntries(action.payload.map((worker) => [worker.hostname, worker])),
      },
    }),
    queuesChanged: (live, action: PayloadAction<readonly QueueDepth[]>): LiveState => ({
      ...live,
      isQueuesKnown: true,
      queues: {
        ...live.queues,
        ...Object.fromEntries(
          action.payload.map((queue) => [queue.queue, { ...live.queues[queue.queue], ...queue }]),
        ),
      },
    }),
    countsChanged: (live, action: PayloadAction<Readonly<Record<string, number>>>): LiveState => ({
      ...live,
      counts: action.payload,
    }),
    gapSeen: (live, action: PayloadAction<Gap & { readonly seenAt: number }>): LiveState => ({
      ...live,
      gaps: [action.payload, ...live.gaps].slice(0, MAX_GAPS),
    }),
  },
});

/** A group's progress and when the page was told of it, epoch seconds. */
export type GroupView = BatchProgress & { readonly changedAt: number };

const MAX_GROUPS = 500;

const groupsSlice = createSlice({
  name: 'groups',
  initialState: {} as Readonly<Record<string, GroupView>>,
  reducers: {
    groupsChanged: (groups, action: PayloadAction<readonly GroupView[]>) => {
      const next = { ...groups };
      for (const group of action.payload) next[group.group_id] = group;
      const all = Object.values(next);
      if (all.length <= MAX_GROUPS) return next;
      all.sort((a, b) => b.changedAt - a.changedAt);
      return Object.fromEntries(all.slice(0, MAX_GROUPS).map((group) => [group.group_id, group]));
    },
  },
});

/** Queues this page has seen paused or resumed, where the server does not say it with the depth. */
const pausedSlice = createSlice({
  name: 'paused',
  initialState: {} as Readonly<Record<string, boolean>>,
  reducers: {
    pauseSeen: (
      paused,
      action: PayloadAction<{ readonly queue: string; readonly isPaused: boolean }>,
    ) => ({ ...paused, [action.payload.queue]: action.payload.isPaused }),
  },
});

/** Something out of the ordinary that happened while the page was open. Epoch seconds. */
export interface PageEvent {
  readonly id: string;
  readonly at: number;
  readonly tone: 'success' | 'warning' | 'error' | 'info';
  readonly text: string;
}

const MAX_EVENTS = 100;

const eventsSlice = createSlice({
  name: 'events',
  initialState: [] as readonly PageEvent[],
  reducers: {
    eventSeen: (events, action: PayloadAction<PageEvent>) =>
      [action.payload, ...events].slice(0, MAX_EVENTS),
  },
});

const identitySlice = createSlice({
  name: 'identity',
  initialState: { at: 'asking' } as Identity,
  reducers: {
    identityLearned: (_identity, action: PayloadAction<Identity>): Identity => action.payload,
  },
});

const prefsSlice = createSlice({
  name: 'prefs',
  initialState: { zone: 'local' as TimeZoneChoice },
  reducers: {
    zoneChosen: (prefs, action: PayloadAction<TimeZoneChoice>) => {
      prefs.zone = action.payload;
    },
  },
});

export interface Toast {
  readonly id: string;
  readonly tone: 'success' | 'error' | 'info' | 'warning';
  readonly text: string;
  readonly hint?: string;
}

const toastsSlice = createSlice({
  name: 'toasts',
  initialState: [] as Toast[],
  reducers: {
    toastShown: (toasts, action: PayloadAction<Toast>) => [...toasts, action.payload].slice(-4),
    toastClosed: (toasts, action: PayloadAction<string>) =>
      toasts.filter((toast) => toast.id !== action.payload),
  },
});

export const { linkChanged, lagMeasured, roundTripMeasured, troubleSeen } = linkSlice.actions;
export const { workersChanged, queuesChanged, countsChanged, gapSeen } = liveSlice.actions;
export const { groupsChanged } = groupsSlice.actions;
export const { pauseSeen } = pausedSlice.actions;
export const { eventSeen } = eventsSlice.actions;
export const { identityLearned } = identitySlice.actions;
export const { zoneChosen } = prefsSlice.actions;
export const { toastShown, toastClosed } = toastsSlice.actions;

export function makeStore(commands: Commands) {
  return configureStore({
    reducer: {
      link: linkSlice.reducer,
      live: liveSlice.reducer,
      groups: groupsSlice.reducer,
      paused: pausedSlice.reducer,
      events: eventsSlice.reducer,
      identity: identitySlice.reducer,
      prefs: prefsSlice.reducer,
      toasts: toastsSlice.reducer,
      doubts: doubtsSlice.reducer,
    },
    middleware: (defaults) =>
      defaults({
        thunk: { extraArgument: { commands } },
        serializableCheck: false,
        immutableCheck: false,
      }),
  });
}

export type AppStore = ReturnType<typeof makeStore>;
export type AppState = ReturnType<AppStore['getState']>;
export type AppDispatch = AppStore['dispatch'];
