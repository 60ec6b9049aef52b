/** What to do after a close: the table of the contract. Ranges decide, never the text. */
export type CloseAdvice =
  | { readonly action: 'reconnect'; readonly delayMs?: number; readonly refreshToken?: boolean }
  | { readonly action: 'stop' };

const SHUTTING_DOWN = 3000;
const TOKEN_EXPIRED = 3006;
/** An assigned delay longer than this is a server's mistake. */
const LONGEST_ASSIGNED_DELAY_MS = 300_000;

/** Decides by close code; at 3000 a numeric reason is the milliseconds to wait. */
export function adviceFor(code: number, reason: string): CloseAdvice {
  if (code >= 3500 && code <= 3999) return { action: 'stop' };
  if (code === TOKEN_EXPIRED) return { action: 'reconnect', refreshToken: true };
  if (code === SHUTTING_DOWN && /^\d{1,9}$/.test(reason)) {
    return { action: 'reconnect', delayMs: Math.min(Number(reason), LONGEST_ASSIGNED_DELAY_MS) };
  }
  return { action: 'reconnect' };
}

const WORDS: ReadonlyMap<number, string> = new Map([
  [1000, 'closed'],
  [1001, 'the server went away'],
  [1006, 'the connection was lost'],
  [1011, 'the server had an error'],
  [1012, 'the server restarts'],
  [1013, 'the server is busy'],
  [3000, 'the server is shutting down'],
  [3001, 'the room moved to another server'],
  [3002, 'this page was too slow'],
  [3003, 'too many sessions'],
  [3004, 'too many messages sent'],
  [3005, 'the heartbeat was missed'],
  [3006, 'the login expired'],
  [3500, 'not authorized'],
  [3501, 'this origin is not allowed'],
  [3502, 'the login was revoked'],
  [3503, 'the server did not understand this page'],
  [3504, 'a message was too large'],
]);

/** A close code in plain words. */
export function wordsFor(code: number): string {
  return WORDS.get(code) ?? `closed with code ${code}`;
}
