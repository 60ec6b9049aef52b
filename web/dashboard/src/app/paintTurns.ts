import {
  pageFrames,
  pageSignals,
  systemTimers,
  type PageSignals,
  type Timers,
} from '@apfa/realtime-client';

/**
 * Work that is too much for one frame, in turns: one after each paint, in the order it was given.
 * A page that nobody sees has no paints; there it is done at once.
 */
export class PaintTurns {
  private waiting: (() => void)[] = [];
  private isAsked = false;

  constructor(
    private readonly timers: Timers = systemTimers,
    private readonly page: PageSignals = pageSignals(),
    private readonly onFrame: (run: () => void) => () => void = pageFrames,
  ) {}

  take(work: () => void): void {
    this.waiting.push(work);
    this.ask();
  }

  private ask(): void {
    if (this.isAsked || this.waiting.length === 0) return;
    if (!this.page.isVisible()) {
      for (const work of this.waiting.splice(0)) work();
      return;
    }
    this.isAsked = true;
    this.onFrame(() => {
      // A frame's own callbacks run before it is painted; this is after.
      this.timers.after(0, () => {
        this.isAsked = false;
        this.waiting.shift()?.();
        this.ask();
      });
    });
  }
}
