import type { CommandUpdate } from './types';

/**
 * `instant`: shown before the server was asked; `pending`: accepted and on its way; then one of
 * `confirmed`, `failed` (with the reason) or `unknown` (nobody could say within a minute).
 */
export type DoubtPhase = 'instant' | 'pending' | 'confirmed' | 'failed' | 'unknown';

/** One expected change of one thing, not yet the server's own word. Times are epoch milliseconds. */
export interface Doubt {
  readonly id: string;
  readonly msgId: string;
  readonly kind: string;
  /** What is expected to change: a task's uuid, a queue's name, … */
  readonly target: string;
  /** Fields shown in place of the server's while in doubt. */
  readonly overlay: Readonly<Record<string, unknown>>;
  /** The offset of the row the change was asked on; a newer row is the server's own word. */
  readonly baseOffset: number;
  readonly phase: DoubtPhase;
  readonly since: number;
  readonly settledAt?: number;
  readonly commandId?: string;
  readonly reason?: string;
}

/** All doubts, and outcomes that came before the acceptance that names their command. */
export interface DoubtState {
  readonly doubts: Readonly<Record<string, Doubt>>;
  readonly early: Readonly<Record<string, CommandUpdate>>;
}

export const NO_DOUBTS: DoubtState = { doubts: {}, early: {} };

/** Outcomes of commands that are not ours are kept only so long as ours may still be answered. */
const MAX_EARLY = 200;

export interface NewDoubt {
  readonly id: string;
  readonly msgId: string;
  readonly kind: string;
  readonly target: string;
  readonly overlay?: Readonly<Record<string, unknown>>;
  readonly baseOffset?: number;
  readonly now: number;
}

/** Phase one: shown at once. */
export function begin(state: DoubtState, doubt: NewDoubt): DoubtState {
  return put(state, {
    id: doubt.id,
    msgId: doubt.msgId,
    kind: doubt.kind,
    target: doubt.target,
    overlay: doubt.overlay ?? {},
    baseOffset: doubt.baseOffset ?? 0,
    phase: 'instant',
    since: doubt.now,
  });
}

/** Phase two: the server took it, under `commandId`. */
export function accept(state: DoubtState, id: string, commandId: string, now: number): DoubtState {
  const doubt = state.doubts[id];
  if (!doubt || isSettled(doubt)) return state;
  const early = state.early[commandId];
  const next = put(state, { ...doubt, commandId, phase: 'pending' });
  return early ? onCommandUpdate(without(next, commandId), early, now) : next;
}

/** Phase three, by the server's own word; matched by the command's id, never by the task's. */
export function onCommandUpdate(state: DoubtState, update: CommandUpdate, now: number): DoubtState {
  if (update.status === 'accepted') return state;
  const doubt = Object.values(state.doubts).find((d) => d.commandId === update.commandId);
  if (doubt) return settle(state, doubt, update.status, update.reason, now);
  const isWaited = Object.values(state.doubts).some((d) => d.commandId === undefined);
  return isWaited ? remember(state, update) : state;
}

/** The server refused it, or it could not be sent: back to what the server says. */
export function refuse(state: DoubtState, id: string, reason: string, now: number): DoubtState {
  const doubt = state.doubts[id];
  return doubt ? settle(state, doubt, 'failed', reason, now) : state;
}

/** Nobody could say what became of it: back to what the server says, and named as unknown. */
export function giveUp(state: DoubtState, id: string, now: number): DoubtState {
  const doubt = state.doubts[id];
  return doubt ? settle(state, doubt, 'unknown', 'outcome unknown', now) : state;
}

/** Forgets what was settled before `before`, epoch milliseconds. */
export function prune(state: DoubtState, before: number): DoubtState {
  const kept = Object.entries(state.doubts).filter(
    ([, doubt]) => doubt.settledAt === undefined || doubt.settledAt >= before,
  );
  if (kept.length === Object.keys(state.doubts).length) return state;
  return { ...state, doubts: Object.fromEntries(kept) };
}

export function isSettled(doubt: Doubt): boolean {
  return doubt.phase !== 'instant' && doubt.phase !== 'pending';
}

/** How long a confirmed change is still shown while the row that proves it is on its way. */
export const CONFIRMED_LINGER_MS = 1_500;

/**
 * The row as it is shown: the server's, with the overlay while in doubt. A row that is newer than
 * the one the change was asked on and has ended wins over any overlay, so an answer that overtakes
 * the command's outcome is never hidden; a failed change shows the server's row, as it now is.
 */
export function overlaid<T extends { readonly offset: number }>(
  row: T,
  doubt: Doubt | undefined,
  hasEnded: (row: T) => boolean,
): T {
  if (!doubt) return row;
  const isNewer = row.offset > doubt.baseOffset;
  switch (doubt.phase) {
    case 'instant':
    case 'pending':
      return isNewer && hasEnded(row) ? row : { ...row, ...doubt.overlay };
    case 'confirmed':
      return isNewer ? row : { ...row, ...doubt.overlay };
    case 'failed':
    case 'unknown':
      return row;
    default:
      return doubt.phase satisfies never;
  }
}

function settle(
  state: DoubtState,
  doubt: Doubt,
  phase: 'confirmed' | 'failed' | 'unknown',
  reason: string | undefined,
  now: number,
): DoubtState {
  if (isSettled(doubt)) {
    // What the server says later is better than what we gave up on.
    if (doubt.phase !== 'unknown' || phase === 'unknown') return state;
  }
  return put(state, {
    ...doubt,
    phase,
    settledAt: now,
    ...(reason === undefined ? {} : { reason }),
  });
}

function put(state: DoubtState, doubt: Doubt): DoubtState {
  return { ...state, doubts: { ...state.doubts, [doubt.id]: doubt } };
}

function remember(state: DoubtState, update: CommandUpdate): DoubtState {
  const entries = Object.entries(state.early).slice(-(MAX_EARLY - 1));
  return { ...state, early: Object.fromEntries([...entries, [update.commandId, update]]) };
}

function without(state: DoubtState, commandId: string): DoubtState {
  return {
    ...state,
    early: Object.fromEntries(Object.entries(state.early).filter(([id]) => id !== commandId)),
  };
}
