/**
 * Keeps frames in the order they arrived although some are decoded in their own time. As long as
 * nothing waits, a frame decoded at once is handled at once.
 */
export class Inbox<T> {
  private tail: Promise<void> | undefined;
  private isClosed = false;

  constructor(
    private readonly handle: (value: T) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** `decode` runs in turn: what an earlier frame changed is visible to it. */
  push(decode: () => T | Promise<T>): void {
    if (this.isClosed) return;
    if (this.tail) {
      this.enqueue(() => this.run(decode));
      return;
    }
    const waits = this.run(decode);
    if (waits) this.enqueue(() => waits);
  }

  /** Frames that were not handled yet never will be. */
  close(): void {
    this.isClosed = true;
  }

  private enqueue(step: () => Promise<void> | undefined): void {
    const mine: Promise<void> = (this.tail ?? Promise.resolve()).then(step).then(() => {
      if (this.tail === mine) this.tail = undefined;
    });
    this.tail = mine;
  }

  private run(decode: () => T | Promise<T>): Promise<void> | undefined {
    try {
      const value = decode();
      if (value instanceof Promise) {
        return value.then(
          (late) => {
            this.deliver(late);
          },
          (error: unknown) => {
            this.fail(error);
          },
        );
      }
      this.deliver(value);
    } catch (error) {
      this.fail(error);
    }
    return undefined;
  }

  private deliver(value: T): void {
    if (!this.isClosed) this.handle(value);
  }

  private fail(error: unknown): void {
    if (!this.isClosed) this.onError(error);
  }
}
