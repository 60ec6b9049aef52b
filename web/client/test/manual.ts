import type { PageSignals, Timers } from '../src/index';

/** Time that moves only when a test says so. */
export class ManualTimers implements Timers {
  private at = 0;
  private waiting: { readonly due: number; readonly order: number; readonly run: () => void }[] =
    [];
  private order = 0;
  /** What `random` gives next; 0.5 (no jitter) when empty. */
  chances: number[] = [];
  readonly startMillis = 1_700_000_000_000;

  after(delayMs: number, run: () => void): () => void {
    const timer = { due: this.at + Math.max(0, delayMs), order: this.order++, run };
    this.waiting.push(timer);
    return () => {
      this.waiting = this.waiting.filter((each) => each !== timer);
    };
  }

  now(): number {
    return this.startMillis + this.at;
  }

  ticks(): number {
    return this.at;
  }

  random(): number {
    return this.chances.shift() ?? 0.5;
  }

  get pendingCount(): number {
    return this.waiting.length;
  }

  /** Lets `ms` pass, running what falls due in its order, and promises in between. */
  async advance(ms: number): Promise<void> {
    const end = this.at + ms;
    await settle();
    for (;;) {
      const due = this.waiting
        .filter((timer) => timer.due <= end)
        .sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (!due) break;
      this.waiting = this.waiting.filter((timer) => timer !== due);
      this.at = Math.max(this.at, due.due);
      due.run();
      await settle();
    }
    this.at = end;
  }

  /** Lets `ms` pass in one leap, as when the machine slept: what is due runs late. */
  async sleep(ms: number): Promise<void> {
    this.at += ms;
    await this.advance(0);
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** A page whose signals a test sets. */
export class ManualPage implements PageSignals {
  private readonly listeners = new Set<() => void>();
  private online = true;
  private visible = true;

  isOnline(): boolean {
    return this.online;
  }

  isVisible(): boolean {
    return this.visible;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  set(change: { readonly online?: boolean; readonly visible?: boolean }): void {
    this.online = change.online ?? this.online;
    this.visible = change.visible ?? this.visible;
    for (const listener of [...this.listeners]) listener();
  }
}
