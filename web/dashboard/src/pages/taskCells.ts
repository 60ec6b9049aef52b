import type { ICellRendererComp, ICellRendererParams } from 'ag-grid-community';
import { mayCommand, type Services } from '../app/services';
import { revokeTasks } from '../app/commandsOf';
import { isOpen, type ShownTask } from '../app/useShownTask';
import { copyText } from '../parts/copyText';
import { formatAgo, formatExact, shortUuid, splitName } from '../parts/format';
import { hasEnded, inkOf } from '../parts/states';
import { nowSeconds, onSecond } from '../parts/When';

/**
 * The cells of the task grid as plain elements: under a thousand updates a second rows come and go by
 * the dozen, and on a slow machine a component for each cell is what would hold the page up. They
 * look and act as `StateChip`, `Uuid`, `When` and `RevokeButton` do.
 */
type Params = ICellRendererParams<ShownTask, unknown, Services>;

const SVG = 'http://www.w3.org/2000/svg';
const COPIED_MS = 1_500;

/** An element drawn from a row, and drawn again when the row's value in its column has changed. */
abstract class Cell<E extends HTMLElement> implements ICellRendererComp<ShownTask> {
  protected abstract readonly element: E;
  protected params!: Params;

  init(params: Params): void {
    this.params = params;
    this.begin();
    this.refresh(params);
  }

  getGui(): E {
    return this.element;
  }

  refresh(params: Params): boolean {
    this.params = params;
    if (params.data) this.draw(params.data);
    return true;
  }

  /** Once, before it is drawn first. */
  protected begin(): void {
    // most have nothing to begin
  }

  protected abstract draw(shown: ShownTask): void;
}

/** A chip of each state, made once and copied. */
const chips = new Map<string, HTMLElement>();

function chipOf(state: string, isInDoubt: boolean): HTMLElement {
  const key = `${state}/${isInDoubt}`;
  let chip = chips.get(key);
  if (!chip) {
    chip = makeChip(state, isInDoubt);
    // States of one's own may be many; those on the page are few.
    if (chips.size < 100) chips.set(key, chip);
  }
  return chip.cloneNode(true) as HTMLElement;
}

function makeChip(state: string, isInDoubt: boolean): HTMLElement {
  const ink = inkOf(state);
  const chip = span(state === 'STARTED' ? 'state-chip state-chip-moving' : 'state-chip');
  chip.style.setProperty('--ink-light', ink.light);
  chip.style.setProperty('--ink-dark', ink.dark);
  if (isInDoubt) {
    const spinner = span('spinner');
    spinner.ariaHidden = 'true';
    chip.append(spinner);
  } else {
    const icon = document.createElementNS(SVG, 'svg');
    const path = document.createElementNS(SVG, 'path');
    const attributes = { width: '12', height: '12', viewBox: '0 0 16 16', 'aria-hidden': 'true' };
    for (const [name, value] of Object.entries(attributes)) icon.setAttribute(name, value);
    path.setAttribute('d', ink.icon);
    icon.append(path);
    chip.append(icon);
  }
  chip.append(span('', state));
  return chip;
}

export class StateCell extends Cell<HTMLElement> {
  protected readonly element = span('state-cell');

  protected draw({ task, doubt }: ShownTask): void {
    const isInDoubt = isOpen(doubt);
    const parts = [chipOf(task.state, isInDoubt)];
    if (isInDoubt) parts.push(span('quiet', doubt?.phase === 'instant' ? 'sending' : 'asked'));
    if (task.suspect) {
      const mark = span('', '?');
      mark.title = `the state may be old: ${task.suspect.reason}`;
      mark.ariaLabel = 'suspect';
      parts.push(mark);
    }
    this.element.replaceChildren(...parts);
  }
}

export class NameCell extends Cell<HTMLElement> {
  protected readonly element = span('');

  protected draw({ task: { name } }: ShownTask): void {
    if (name === undefined) {
      this.element.replaceChildren(span('quiet', 'not known yet'));
      return;
    }
    const { module, word } = splitName(name);
    this.element.replaceChildren(span('quiet', module), word);
  }
}

/** Shortened in the middle, copied with one click. */
export class UuidCell extends Cell<HTMLButtonElement> {
  protected readonly element = document.createElement('button');
  private uuid = '';

  protected override begin(): void {
    this.element.type = 'button';
    this.element.className = 'copy mono';
    this.element.addEventListener('click', (event) => {
      event.stopPropagation();
      void copyText(this.uuid).then(() => {
        this.element.textContent = 'copied';
        setTimeout(() => {
          this.element.textContent = shortUuid(this.uuid);
        }, COPIED_MS);
      });
    });
  }

  protected draw({ task: { uuid } }: ShownTask): void {
    if (uuid === this.uuid) return;
    this.uuid = uuid;
    this.element.title = `${uuid} – click to copy`;
    this.element.ariaLabel = `${shortUuid(uuid)}, copy`;
    this.element.textContent = shortUuid(uuid);
  }
}

/** When the task was received, or else sent: relative, and exact on hover. */
export class WhenCell extends Cell<HTMLTimeElement> {
  protected readonly element = document.createElement('time');
  private at: number | undefined;
  private stop: () => void = () => undefined;

  protected override begin(): void {
    this.element.addEventListener('mouseenter', () => {
      const { zone } = this.params.context.store.getState().prefs;
      if (this.at !== undefined) this.element.title = formatExact(this.at, zone);
    });
    this.stop = onSecond(() => {
      this.say();
    });
  }

  destroy(): void {
    this.stop();
  }

  protected draw({ task }: ShownTask): void {
    this.at = task.received ?? task.sent;
    this.element.className = this.at === undefined ? 'quiet' : '';
    if (this.at !== undefined) this.element.dateTime = new Date(this.at * 1_000).toISOString();
    this.say();
  }

  private say(): void {
    const words = this.at === undefined ? '–' : formatAgo(this.at, nowSeconds());
    if (this.element.textContent !== words) this.element.textContent = words;
  }
}

/** Revokes the row's task: asks nothing, shows at once, and says what became of it. */
export class RevokeCell extends Cell<HTMLElement> {
  protected readonly element = span('row-actions');
  private readonly button = document.createElement('button');

  protected override begin(): void {
    this.button.type = 'button';
    this.button.className = 'row-button';
    this.button.addEventListener('click', (event) => {
      event.stopPropagation();
      const { commands, tasks } = this.params.context;
      const task = this.params.data?.task;
      if (task) {
        commands.run(revokeTasks([tasks.get(task.uuid) ?? task], { terminate: false }));
      }
    });
  }

  protected draw({ task, doubt }: ShownTask): void {
    const isBusy = isOpen(doubt);
    const { store } = this.params.context;
    if (!mayCommand(store.getState(), 'operator') || (hasEnded(task) && !isBusy)) {
      this.button.remove();
      return;
    }
    const word = isBusy ? 'revoking…' : 'Revoke';
    this.button.disabled = isBusy;
    this.button.dataset['testid'] = `revoke-${task.uuid}`;
    this.button.ariaLabel = `${word} ${task.uuid}`;
    this.button.textContent = word;
    if (!this.button.isConnected) this.element.append(this.button);
  }
}

function span(className: string, text = ''): HTMLElement {
  const element = document.createElement('span');
  if (className !== '') element.className = className;
  if (text !== '') element.textContent = text;
  return element;
}
