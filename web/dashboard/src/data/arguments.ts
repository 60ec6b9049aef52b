/** Arguments as a person types them: JSON, or nothing to keep what was there. */
export interface Parsed<T> {
  readonly value?: T;
  readonly problem?: string;
}

export function parseArgs(text: string): Parsed<readonly unknown[]> {
  const parsed = parse(text);
  if (parsed.problem !== undefined || parsed.value === undefined)
    return { ...parsed } as Parsed<readonly unknown[]>;
  return Array.isArray(parsed.value)
    ? { value: parsed.value as unknown[] }
    : { problem: 'expected a JSON list, such as [1, "two"]' };
}

export function parseKwargs(text: string): Parsed<Readonly<Record<string, unknown>>> {
  const parsed = parse(text);
  if (parsed.problem !== undefined) return { problem: parsed.problem };
  const { value } = parsed;
  if (value === undefined) return {};
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { value: value as Record<string, unknown> }
    : { problem: 'expected a JSON object, such as {"limit": 5}' };
}

function parse(text: string): Parsed<unknown> {
  if (text.trim() === '') return {};
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'not JSON' };
  }
}
