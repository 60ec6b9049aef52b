import { describe, expect, it } from 'vitest';
import {
  Commands,
  HttpError,
  MessageDropped,
  overlaid,
  type CommandUpdate,
  type Doubt,
} from '../src/index';
import { ManualTimers, settle } from './manual';

const row = { uuid: 'u', state: 'RECEIVED', offset: 5 };
const hasEnded = (task: { readonly state: string }): boolean => task.state === 'SUCCESS';

function start(options: { readonly word?: CommandUpdate } = {}) {
  const timers = new ManualTimers();
  let answer: (value: unknown) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const asked: string[] = [];
  const commands = new Commands(
    {
      deliver: () =>
        new Promise((resolve, reject) => {
          answer = resolve;
          fail = reject;
        }),
      ask: (commandId) => {
        asked.push(commandId);
        return Promise.resolve(options.word);
      },
    },
    timers,
  );
  const run = commands.run({
    kind: 'revoke',
    path: '/x',
    targets: [{ target: 'u', overlay: { state: 'REVOKED' }, baseOffset: 5 }],
  });
  const doubt = (): Doubt | undefined => commands.state.doubts[run.doubtIds[0] ?? ''];
  return {
    timers,
    commands,
    run,
    asked,
    doubt,
    shown: (task = row) => overlaid(task, doubt(), hasEnded).state,
    answer: async (value: unknown) => {
      answer(value);
      await settle();
    },
    fail: async (error: Error) => {
      fail(error);
      await settle();
    },
  };
}

describe('Commands', () => {
  it('should take back what could not be sent, with what the server said last', async () => {
    const { fail, doubt, shown } = start();
    await fail(new MessageDropped('m1', 'retries', new HttpError(429, 'limit reached')));
    expect(doubt()).toMatchObject({ phase: 'failed', reason: 'limit reached' });
    expect(shown()).toBe('RECEIVED');
  });

  it('should go through instant, pending and confirmed', async () => {
    const { commands, answer, doubt, shown, run } = start();
    expect([doubt()?.phase, shown()]).toEqual(['instant', 'REVOKED']);
    await answer({ commandId: 'c1', taskId: 'u' });
    expect(doubt()?.phase).toBe('pending');
    commands.onCommandUpdate({ commandId: 'c1', status: 'confirmed' });
    expect(doubt()?.phase).toBe('confirmed');
    expect(shown({ ...row, offset: 6, state: 'REVOKED' })).toBe('REVOKED');
    await expect(run.settled).resolves.toMatchObject([{ phase: 'confirmed' }]);
  });

  it('should roll back to what the server says, not to a fixed state', async () => {
    const { commands, answer, doubt, shown } = start();
    await answer({ commandId: 'c1' });
    commands.onCommandUpdate({ commandId: 'c1', status: 'failed', reason: 'no-answer' });
    expect(doubt()).toMatchObject({ phase: 'failed', reason: 'no-answer' });
    expect(shown()).toBe('RECEIVED');
    expect(shown({ ...row, offset: 7, state: 'STARTED' })).toBe('STARTED');
  });

  it('should roll back at once when the server refuses', async () => {
    const { fail, doubt, shown, run } = start();
    await fail(new Error('forbidden'));
    expect(doubt()).toMatchObject({ phase: 'failed', reason: 'forbidden' });
    expect(shown()).toBe('RECEIVED');
    await expect(run.accepted).rejects.toThrow('forbidden');
  });

  it('should match by the command, not by the task', async () => {
    const { commands, answer, doubt } = start();
    await answer({ commandId: 'c1' });
    commands.onCommandUpdate({ commandId: 'other', status: 'failed', task: 'u' });
    expect(doubt()?.phase).toBe('pending');
  });

  it('should understand an outcome that comes before the acceptance', async () => {
    const { commands, answer, doubt } = start();
    commands.onCommandUpdate({ commandId: 'c1', status: 'confirmed' });
    expect(doubt()?.phase).toBe('instant');
    await answer({ commandId: 'c1' });
    expect(doubt()?.phase).toBe('confirmed');
  });

  it('should never hide an end that the server told first', async () => {
    const { answer, shown } = start();
    await answer({ commandId: 'c1' });
    expect(shown({ ...row, offset: 6, state: 'STARTED' })).toBe('REVOKED');
    expect(shown({ ...row, offset: 7, state: 'SUCCESS' })).toBe('SUCCESS');
  });

  it('should ask the server at 60 seconds and take its word', async () => {
    const { timers, answer, asked, doubt } = start({
      word: { commandId: 'c1', status: 'confirmed' },
    });
    await answer({ commandId: 'c1' });
    await timers.advance(59_900);
    expect([asked, doubt()?.phase]).toEqual([[], 'pending']);
    await timers.advance(200);
    expect([asked, doubt()?.phase]).toEqual([['c1'], 'confirmed']);
  });

  it('should say outcome unknown only after the server could not tell', async () => {
    const { timers, answer, doubt, shown, commands } = start();
    await answer({ commandId: 'c1' });
    await timers.advance(60_000);
    expect(doubt()).toMatchObject({ phase: 'unknown', reason: 'outcome unknown' });
    expect(shown()).toBe('RECEIVED');
    commands.onCommandUpdate({ commandId: 'c1', status: 'confirmed' });
    expect(doubt()?.phase).toBe('confirmed');
  });

  it('should forget what was settled long ago', async () => {
    const { timers, answer, commands } = start();
    await answer({ commandId: 'c1' });
    commands.onCommandUpdate({ commandId: 'c1', status: 'confirmed' });
    await timers.advance(11_000);
    expect(commands.state.doubts).toEqual({});
  });

  it('should settle each of many by itself', async () => {
    const timers = new ManualTimers();
    const commands = new Commands(
      {
        deliver: () =>
          Promise.resolve({
            commands: [
              { commandId: 'c1', taskId: 'a' },
              { commandId: 'c2', taskId: 'b' },
            ],
          }),
        ask: () => Promise.resolve(undefined),
      },
      timers,
    );
    const run = commands.run({
      kind: 'revoke',
      path: '/x',
      targets: [{ target: 'a' }, { target: 'b' }],
    });
    await expect(run.accepted).resolves.toHaveLength(2);
    commands.onCommandUpdate({ commandId: 'c2', status: 'failed', reason: 'no-worker' });
    commands.onCommandUpdate({ commandId: 'c1', status: 'confirmed' });
    const settled = await run.settled;
    expect(settled.map((doubt) => doubt.phase)).toEqual(['confirmed', 'failed']);
  });
});
