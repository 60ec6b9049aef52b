import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { LinkStatus, RealtimeClient } from '../client';
import type { Commands, CommandRun, CommandSpec } from '../commands';
import { pageSignals, systemTimers, type Unsubscribe } from '../environment';
import { isSettled, type Doubt } from '../optimistic';
import type { QualityReport } from '../quality';
import type { RoomHandle, RoomOptions } from '../room';
import { Throttle, pageFrames, type ThrottleOptions } from '../throttle';
import type { Update } from '../types';

/** The client's link status, live. */
export function useRealtime(client: RealtimeClient): LinkStatus {
  return useSyncExternalStore(
    useCallback((changed: () => void) => client.on('status', changed), [client]),
    () => client.link,
    () => client.link,
  );
}

/** Subscribes to a room while mounted; `listener` may change without a new subscription. */
export function useRoom(
  client: RealtimeClient,
  name: string | undefined,
  listener: (update: Update) => void,
  options: RoomOptions = {},
): RoomHandle | undefined {
  const [handle, setHandle] = useState<RoomHandle>();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  const { position, snapshot } = options;
  useEffect(() => {
    if (name === undefined) return undefined;
    const room = client.room(name, {
      ...(position === undefined ? {} : { position }),
      ...(snapshot === undefined ? {} : { snapshot }),
    });
    const stop = room.onAny((update) => {
      latest.current(update);
    });
    setHandle(room);
    return () => {
      stop();
      room.close();
      setHandle(undefined);
    };
  }, [client, name, position, snapshot]);
  return handle;
}

/**
 * The same, at most one call per interval and frame: the latest update of each key, and nothing that
 * must not be conflated is lost (`keyOf` returning undefined keeps an update by itself).
 */
export function useThrottledRoom(
  client: RealtimeClient,
  name: string | undefined,
  keyOf: (update: Update) => string | undefined,
  listener: (updates: readonly Update[]) => void,
  options: RoomOptions & Pick<ThrottleOptions, 'throttleMs'> = {},
): RoomHandle | undefined {
  const latest = useRef(listener);
  const key = useRef(keyOf);
  useEffect(() => {
    latest.current = listener;
    key.current = keyOf;
  });
  const { throttleMs } = options;
  const throttle = useRef<Throttle<string, Update>>(undefined);
  useEffect(() => {
    const mine = new Throttle<string, Update>(
      systemTimers,
      pageSignals(),
      (changes) => {
        latest.current([...changes.values()]);
      },
      { onFrame: pageFrames, ...(throttleMs === undefined ? {} : { throttleMs }) },
    );
    throttle.current = mine;
    return () => {
      mine.close();
    };
  }, [name, throttleMs]);
  const count = useRef(0);
  return useRoom(
    client,
    name,
    (update) => {
      throttle.current?.put(key.current(update) ?? `#${(count.current += 1)}`, update);
    },
    options,
  );
}

/** What became of the latest run of a command, live. */
export interface CommandState {
  readonly run: (spec: CommandSpec) => CommandRun;
  readonly doubts: readonly Doubt[];
  readonly isBusy: boolean;
}

/** Runs commands and follows the latest one through its phases. */
export function useCommand(commands: Commands): CommandState {
  const [ids, setIds] = useState<readonly string[]>([]);
  const state = useSyncExternalStore(
    useCallback((changed: () => void) => commands.subscribe(changed), [commands]),
    () => commands.state,
    () => commands.state,
  );
  const doubts = useMemo(() => ids.flatMap((id) => state.doubts[id] ?? []), [ids, state]);
  const run = useCallback(
    (spec: CommandSpec) => {
      const started = commands.run(spec);
      setIds(started.doubtIds);
      return started;
    },
    [commands],
  );
  return { run, doubts, isBusy: doubts.some((doubt) => !isSettled(doubt)) };
}

/** What `watchQuality` returns. */
export interface QualitySource {
  readonly report: QualityReport;
  onChange(listener: (report: QualityReport) => void): Unsubscribe;
}

/** How good the connection is, live. */
export function useConnectionQuality(source: QualitySource): QualityReport {
  return useSyncExternalStore(
    useCallback((changed: () => void) => source.onChange(changed), [source]),
    () => source.report,
    () => source.report,
  );
}
