/**
 * Work that is too much for one frame, in turns: one after each paint, in the order it was given.
 * A page that nobody sees has no paints; there it is done at once.
 */
export class PaintTurns {
  private waiting: (() => void)[] = [];
  private isAsked = false;

  take(work: () => void): void {
    this.waiting.push(work);
    this.ask();
  }

  private ask(): void {
    if (this.isAsked || this.waiting.length === 0) return;
    if (document.visibilityState === 'hidden') {
      for (const work of this.waiting.splice(0)) work();
      return;
    }
    this.isAsked = true;
    requestAnimationFrame(() => {
      setTimeout(() => {
        this.isAsked = false;
        this.waiting.shift()?.();
        this.ask();
      });
    });
  }
}
