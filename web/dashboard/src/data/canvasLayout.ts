import type { Task } from '@apfa/realtime-client';

/** A task's place in the drawing of its canvas. */
export interface Placed {
  readonly uuid: string;
  readonly column: number;
  readonly row: number;
  readonly parent: string | undefined;
}

export interface Layout {
  readonly nodes: readonly Placed[];
  readonly columns: number;
  readonly rows: number;
  /** Members left out because there are too many of them. */
  readonly hiddenCount: number;
}

const MAX_NODES = 200;

/**
 * Lays a canvas out from left to right: a column per step of its chains, a row per branch. Callers
 * stand left of what they called; members of one group stand below each other.
 */
export function layOut(tasks: readonly Pick<Task, 'uuid' | 'parent_id'>[]): Layout {
  const shown = tasks.slice(0, MAX_NODES);
  const known = new Set(shown.map((task) => task.uuid));
  const childrenOf = new Map<string, string[]>();
  const roots: string[] = [];
  for (const { uuid, parent_id: parent } of shown) {
    if (parent !== undefined && parent !== uuid && known.has(parent)) {
      childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), uuid]);
    } else roots.push(uuid);
  }
  const nodes: Placed[] = [];
  const placed = new Set<string>();
  let rows = 0;
  let columns = 0;
  const place = (uuid: string, column: number, parent: string | undefined): void => {
    if (placed.has(uuid)) return;
    placed.add(uuid);
    columns = Math.max(columns, column + 1);
    const row = rows;
    nodes.push({ uuid, column, row, parent });
    const children = childrenOf.get(uuid) ?? [];
    if (children.length === 0) rows += 1;
    for (const child of children) place(child, column + 1, uuid);
    // Children that were placed before leave this one without a row of its own.
    if (rows === row) rows += 1;
  };
  for (const root of roots) place(root, 0, undefined);
  for (const { uuid } of shown) place(uuid, 0, undefined);
  return { nodes, columns, rows, hiddenCount: tasks.length - shown.length };
}
