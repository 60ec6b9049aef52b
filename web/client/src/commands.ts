import { newId, type Timers, type Unsubscribe } from './environment';
import { MessageDropped } from './errors';
import { isRecord } from './roomDecoder';
import {
  NO_DOUBTS,
  accept,
  begin,
  giveUp,
  isSettled,
  onCommandUpdate,
  prune,
  refuse,
  type Doubt,
  type DoubtState,
} from './optimistic';
import type { CommandUpdate } from './types';

/** Something a person asks for, with what it is expected to change. */
export interface CommandSpec {
  readonly kind: string;
  /** Path of the POST, such as `/api/v1/tasks/…/revoke`. */
  readonly path: string;
  readonly body?: unknown;
  readonly targets: readonly CommandTarget[];
}

export interface CommandTarget {
  readonly target: string;
  readonly overlay?: Readonly<Record<string, unknown>>;
  readonly baseOffset?: number;
}

export interface CommandAnswer {
  readonly commandId: string;
  readonly taskId?: string;
}

export interface CommandRun {
  readonly msgId: string;
  readonly doubtIds: readonly string[];
  /** Resolves when the server took it; rejects when it did not. */
  readonly accepted: Promise<readonly CommandAnswer[]>;
  /** Resolves when every target is settled, however. */
  readonly settled: Promise<readonly Doubt[]>;
}

export interface CommandPort {
  /** Sends the command under `msgId`; the same id twice has one effect. */
  deliver(msgId: string, spec: CommandSpec): Promise<unknown>;
  /** The server's word on a command, or undefined when it does not know it. */
  ask(commandId: string): Promise<CommandUpdate | undefined>;
}

/** After this the server is asked, and only then the change is rolled back as unknown. */
const ASK_AFTER_MS = 60_000;
/** Settled doubts stay readable for this long. */
const KEEP_SETTLED_MS = 10_000;

/** Runs commands in three phases and keeps the doubts they cause. */
export class Commands {
  private stateNow: DoubtState = NO_DOUBTS;
  private readonly listeners = new Set<(state: DoubtState) => void>();
  private readonly waiting = new Map<string, (doubt: Doubt) => void>();

  constructor(
    private readonly port: CommandPort,
    private readonly timers: Timers,
  ) {}

  get state(): DoubtState {
    return this.stateNow;
  }

  subscribe(listener: (state: DoubtState) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  run(spec: CommandSpec): CommandRun {
    const msgId = newId(this.timers);
    const ids = spec.targets.map((_, index) => `${msgId}/${index}`);
    let state = this.stateNow;
    spec.targets.forEach((target, index) => {
      state = begin(state, {
        ...target,
        id: ids[index] ?? msgId,
        msgId,
        kind: spec.kind,
        now: this.timers.now(),
      });
    });
    const settled = Promise.all(
      ids.map((id) => new Promise<Doubt>((resolve) => this.waiting.set(id, resolve))),
    );
    this.setState(state);
    for (const id of ids) {
      this.timers.after(ASK_AFTER_MS, () => {
        void this.ask(id);
      });
    }
    const accepted = this.deliver(msgId, spec, ids);
    accepted.catch(() => undefined);
    return { msgId, doubtIds: ids, accepted, settled };
  }

  /** The outcome of a command, ours or another's. */
  onCommandUpdate(update: CommandUpdate): void {
    this.setState(onCommandUpdate(this.stateNow, update, this.timers.now()));
  }

  private async deliver(
    msgId: string,
    spec: CommandSpec,
    ids: readonly string[],
  ): Promise<readonly CommandAnswer[]> {
    try {
      const answers = readAnswers(await this.port.deliver(msgId, spec));
      let state = this.stateNow;
      ids.forEach((id, index) => {
        const answer = answers[index];
        state = answer
          ? accept(state, id, answer.commandId, this.timers.now())
          : refuse(state, id, 'the server did not take this one', this.timers.now());
      });
      this.setState(state);
      return answers;
    } catch (error) {
      const reason = reasonOf(error);
      let state = this.stateNow;
      for (const id of ids) state = refuse(state, id, reason, this.timers.now());
      this.setState(state);
      throw error;
    }
  }

  private async ask(id: string): Promise<void> {
    const doubt = this.stateNow.doubts[id];
    if (!doubt || isSettled(doubt)) return;
    if (doubt.commandId !== undefined) {
      const word = await this.port.ask(doubt.commandId).catch(() => undefined);
      if (word && word.status !== 'accepted') {
        this.onCommandUpdate(word);
        return;
      }
    }
    this.setState(giveUp(this.stateNow, id, this.timers.now()));
  }

  private setState(state: DoubtState): void {
    if (state === this.stateNow) return;
    const before = this.stateNow;
    this.stateNow = state;
    for (const doubt of Object.values(state.doubts)) {
      const was = before.doubts[doubt.id];
      if (!isSettled(doubt) || (was && isSettled(was))) continue;
      this.waiting.get(doubt.id)?.(doubt);
      this.waiting.delete(doubt.id);
      this.timers.after(KEEP_SETTLED_MS + 1, () => {
        this.setState(prune(this.stateNow, this.timers.now() - KEEP_SETTLED_MS));
      });
    }
    for (const listener of [...this.listeners]) listener(state);
  }
}

/** For people: what the server said last, where it said something, before what became of the message. */
function reasonOf(error: unknown): string {
  if (error instanceof MessageDropped && error.lastError !== undefined) {
    return reasonOf(error.lastError);
  }
  return error instanceof Error ? error.message : String(error);
}

function readAnswers(answer: unknown): readonly CommandAnswer[] {
  if (isRecord(answer) && Array.isArray(answer['commands'])) {
    return (answer['commands'] as unknown[]).flatMap((each) => readAnswers(each));
  }
  if (!isRecord(answer) || typeof answer['commandId'] !== 'string') return [];
  const taskId = answer['taskId'];
  return [{ commandId: answer['commandId'], ...(typeof taskId === 'string' ? { taskId } : {}) }];
}
