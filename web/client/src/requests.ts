import type { Timers } from './environment';
import { AckTimeout, MessageDropped, Nacked } from './errors';
import type { Failure, Reply } from './types';

export interface RequestOptions {
  readonly ackTimeoutMs: number;
  /** Waits after each missed answer before the same message is sent again. */
  readonly resendAfterMs: readonly number[];
}

export const DEFAULT_REQUESTS: RequestOptions = {
  ackTimeoutMs: 5_000,
  resendAfterMs: [2_000, 4_000, 8_000],
};

interface Pending {
  readonly msgId: string;
  readonly frame: string;
  sends: number;
  lastRefusal: Failure | undefined;
  cancel: () => void;
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Refusals that may pass by themselves: too many messages, not available now. */
const PASSING_CODES: ReadonlySet<number> = new Set([429, 503]);

/**
 * Messages that must be answered: sent at 0, and again 2, 4 and 8 seconds after each missed answer
 * (0, 7, 16, 29 s) under the same `msgId`, so that the server does it once; rejected at 34 s.
 */
export class Requests {
  private readonly pending = new Map<string, Pending>();

  constructor(
    private readonly timers: Timers,
    private readonly transmit: (text: string) => boolean,
    private readonly options: RequestOptions = DEFAULT_REQUESTS,
  ) {}

  /** Resolves with the reply's body. */
  send(
    msgId: string,
    address: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const frame = JSON.stringify({
      type: 'send',
      address,
      replyAddress: msgId,
      headers: { ...headers, msgId },
      body,
    });
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        msgId,
        frame,
        sends: 0,
        lastRefusal: undefined,
        cancel: () => undefined,
        resolve,
        reject,
      };
      this.pending.get(msgId)?.reject(new MessageDropped(msgId, 'closed'));
      this.pending.set(msgId, pending);
      this.transmitNow(pending);
    });
  }

  onReply(reply: Reply): void {
    const pending = this.pending.get(reply.address);
    if (pending) this.settle(pending).resolve(reply.body);
  }

  /** Whether the failure answered one of ours. */
  onFailure(failure: Failure): boolean {
    const pending = failure.address === undefined ? undefined : this.pending.get(failure.address);
    if (!pending) return false;
    if (PASSING_CODES.has(failure.code)) {
      pending.lastRefusal = failure;
      pending.cancel();
      this.missed(pending);
    } else {
      this.settle(pending).reject(nacked(pending.msgId, failure));
    }
    return true;
  }

  /** Rejects everything that still waits. */
  close(): void {
    for (const pending of [...this.pending.values()]) {
      this.settle(pending).reject(new MessageDropped(pending.msgId, 'closed'));
    }
  }

  private transmitNow(pending: Pending): void {
    pending.sends += 1;
    this.transmit(pending.frame);
    pending.cancel = this.timers.after(this.options.ackTimeoutMs, () => {
      pending.lastRefusal = undefined;
      this.missed(pending);
    });
  }

  private missed(pending: Pending): void {
    const waitMs = this.options.resendAfterMs[pending.sends - 1];
    if (waitMs === undefined) {
      const { msgId, lastRefusal, sends } = pending;
      this.settle(pending).reject(
        lastRefusal ? nacked(msgId, lastRefusal) : new AckTimeout(msgId, sends),
      );
      return;
    }
    pending.cancel = this.timers.after(waitMs, () => {
      this.transmitNow(pending);
    });
  }

  private settle(pending: Pending): Pending {
    pending.cancel();
    if (this.pending.get(pending.msgId) === pending) this.pending.delete(pending.msgId);
    return pending;
  }
}

function nacked(msgId: string, failure: Failure): Nacked {
  return new Nacked(msgId, failure.code, failure.type, failure.message);
}
