/** What can go wrong, as types a caller can tell apart by `code`. */
export class RealtimeError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** No answer after the last re-send of a message. */
export class AckTimeout extends RealtimeError {
  constructor(
    readonly msgId: string,
    readonly sends: number,
  ) {
    super('ack-timeout', `no answer to message ${msgId} after ${sends} sends`);
  }
}

/** The server refused a message. */
export class Nacked extends RealtimeError {
  constructor(
    readonly msgId: string,
    readonly failureCode: number,
    readonly failureType: string,
    reason: string,
  ) {
    super('nacked', reason || failureType);
  }
}

/** A queued message was given up: the queue was full, it grew too old, or it failed too often. */
export class MessageDropped extends RealtimeError {
  constructor(
    readonly msgId: string,
    readonly why: 'queue-full' | 'expired' | 'retries' | 'closed',
    readonly lastError?: unknown,
  ) {
    super('message-dropped', `message ${msgId} was dropped: ${why}`);
  }
}

/** The connection is not there and the caller did not want to wait. */
export class NotConnected extends RealtimeError {
  constructor(reason = 'not connected') {
    super('not-connected', reason);
  }
}

/** A frame that is not what the contract allows. */
export class BadFrame extends RealtimeError {
  constructor(message: string) {
    super('bad-frame', message);
  }
}

/** A compressed frame grows beyond the allowed size. */
export class InflatedTooLarge extends RealtimeError {
  constructor(readonly limitBytes: number) {
    super('inflated-too-large', `frame inflates to more than ${limitBytes} bytes`);
  }
}

/**
 * An HTTP call was answered with an error; `problem` is its RFC 9457 body where there was one,
 * `retryAfterMs` what the server asks to wait before the next try.
 */
export class HttpError extends RealtimeError {
  constructor(
    readonly status: number,
    message: string,
    readonly problem?: unknown,
    readonly retryAfterMs = 0,
  ) {
    super('http', message);
  }
}
