import { createAsyncThunk, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { CommandAnswer, Commands, CommandSpec } from '../commands';
import { NO_DOUBTS, isSettled, type Doubt, type DoubtState } from '../optimistic';

/** The doubts of `Commands`, mirrored into a Redux store under the key `doubts`. */
export const doubtsSlice = createSlice({
  name: 'doubts',
  initialState: NO_DOUBTS,
  reducers: {
    doubtsChanged: (_state, action: PayloadAction<DoubtState>) => action.payload,
  },
});

export const { doubtsChanged } = doubtsSlice.actions;

/** What a store must hold for the selectors. */
export interface WithDoubts {
  readonly doubts: DoubtState;
}

/** The doubt of a target that was begun last, if it has any. */
export function selectDoubtOf(state: WithDoubts, target: string): Doubt | undefined {
  let latest: Doubt | undefined;
  for (const doubt of Object.values(state.doubts.doubts)) {
    if (doubt.target === target && (!latest || doubt.since >= latest.since)) latest = doubt;
  }
  return latest;
}

export function selectOpenCount(state: WithDoubts): number {
  return Object.values(state.doubts.doubts).filter((doubt) => !isSettled(doubt)).length;
}

/** Keeps the store's mirror up to date; the returned function ends it. */
export function mirrorDoubts(
  commands: Commands,
  dispatch: (action: ReturnType<typeof doubtsChanged>) => unknown,
): () => void {
  return commands.subscribe((state) => {
    dispatch(doubtsChanged(state));
  });
}

/** What thunks find in `extra`. */
export interface CommandsExtra {
  readonly commands: Commands;
}

type Config = { extra: CommandsExtra; rejectValue: string };

function commandThunk<Arg>(type: string, specOf: (arg: Arg) => CommandSpec) {
  return createAsyncThunk<readonly CommandAnswer[], Arg, Config>(
    `commands/${type}`,
    async (arg, { extra, rejectWithValue }) => {
      try {
        return await extra.commands.run(specOf(arg)).accepted;
      } catch (error) {
        return rejectWithValue(error instanceof Error ? error.message : String(error));
      }
    },
  );
}

/** `dispatch(revoke(…)).unwrap()` rejects when the server refused: nothing shows success then. */
export const revoke = commandThunk<{
  readonly uuid: string;
  readonly offset: number;
  readonly terminate?: boolean;
  readonly signal?: string;
}>('revoke', ({ uuid, offset, terminate = false, signal = 'SIGTERM' }) => ({
  kind: terminate ? 'terminate' : 'revoke',
  path: `/api/v1/tasks/${encodeURIComponent(uuid)}/revoke`,
  body: { terminate, signal },
  targets: [{ target: uuid, overlay: { state: 'REVOKED' }, baseOffset: offset }],
}));

export const trigger = commandThunk<{
  readonly name: string;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly queue?: string;
}>('trigger', (body) => ({
  kind: 'trigger',
  path: '/api/v1/tasks',
  body,
  targets: [{ target: `trigger:${body.name}` }],
}));

export const pauseQueue = commandThunk<{ readonly queue: string; readonly isPaused: boolean }>(
  'pause',
  ({ queue, isPaused }) => ({
    kind: isPaused ? 'pause' : 'resume',
    path: `/api/v1/queues/${encodeURIComponent(queue)}/${isPaused ? 'pause' : 'resume'}`,
    body: {},
    targets: [{ target: `queue:${queue}`, overlay: { paused: isPaused } }],
  }),
);
