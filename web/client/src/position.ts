/** Where a room's stream stands: offsets mean something only within their epoch. */
export interface StreamPosition {
  readonly epoch: string;
  readonly offset: number;
}

export function parsePosition(text: string): StreamPosition | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return undefined;
  const offset = Number(text.slice(colon + 1));
  if (!Number.isSafeInteger(offset) || offset < 0 || colon === text.length - 1) return undefined;
  return { epoch: text.slice(0, colon), offset };
}

export function formatPosition(position: StreamPosition): string {
  return `${position.epoch}:${position.offset}`;
}
