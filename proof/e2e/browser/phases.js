// Runs in a page: keeps what each row of a task shows whenever its command is in another phase.
globalThis.apfaPhases = {};
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const { uuid, phase, state } = target.dataset;
    if (!uuid || !phase) continue;
    const seen = (apfaPhases[uuid] ??= []);
    const isBusy = target.getAttribute('aria-busy') === 'true';
    const now = `${phase} ${state}${isBusy ? ' busy' : ''}`;
    if (seen.at(-1) !== now) seen.push(now);
  }
}).observe(document, { subtree: true, attributeFilter: ['data-phase', 'data-state'] });
