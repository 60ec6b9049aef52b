/** A list's filter under a name of its own: its search part of the URL. */
export interface SavedView {
  readonly name: string;
  readonly search: string;
}

const KEY = 'apfa-views';
const MAX_VIEWS = 30;

export function savedViews(storage: Storage = localStorage): readonly SavedView[] {
  try {
    const views: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    return Array.isArray(views) ? (views as SavedView[]) : [];
  } catch {
    return [];
  }
}

/** Saves the view; one of the same name is replaced. */
export function saveView(view: SavedView, storage: Storage = localStorage): readonly SavedView[] {
  const others = savedViews(storage).filter((each) => each.name !== view.name);
  return write([...others, view].slice(-MAX_VIEWS), storage);
}

export function removeView(name: string, storage: Storage = localStorage): readonly SavedView[] {
  return write(
    savedViews(storage).filter((view) => view.name !== name),
    storage,
  );
}

function write(views: readonly SavedView[], storage: Storage): readonly SavedView[] {
  storage.setItem(KEY, JSON.stringify(views));
  return views;
}
