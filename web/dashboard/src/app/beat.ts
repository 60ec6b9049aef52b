const BEAT_MS = 400;
const BEATS = 4;

/** Moves what shows that something runs, a few times a second, while someone can see it. */
export function startBeat(root: HTMLElement = document.documentElement): () => void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return () => undefined;
  let beat = 0;
  const id = setInterval(() => {
    if (document.visibilityState === 'hidden') return;
    beat = (beat + 1) % BEATS;
    root.dataset['beat'] = String(beat);
  }, BEAT_MS);
  return () => {
    clearInterval(id);
  };
}
