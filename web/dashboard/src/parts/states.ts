import type { Task } from '@apfa/realtime-client';

/** One meaning, one colour, never colour alone: each state has its ink for both themes and an icon. */
export const BUILT_IN_STATES = [
  'PENDING',
  'RECEIVED',
  'STARTED',
  'RETRY',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
  'REJECTED',
] as const;

export type BuiltInState = (typeof BUILT_IN_STATES)[number];

interface Ink {
  readonly light: string;
  readonly dark: string;
  /** Path of a 16 × 16 icon, stroked. */
  readonly icon: string;
}

const INKS: Record<BuiltInState, Ink> = {
  PENDING: {
    light: '#56606b',
    dark: '#a7b0bb',
    icon: 'M8 4.5V8l2.2 1.6M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2',
  },
  RECEIVED: { light: '#3d5270', dark: '#a3b8d6', icon: 'M8 2v7M5 6.5 8 9.5l3-3M3 11v2.5h10V11' },
  STARTED: { light: '#1a56bd', dark: '#84b4ff', icon: 'M5.5 3.5v9l7-4.5z' },
  RETRY: { light: '#8a5300', dark: '#f3bc58', icon: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3' },
  SUCCESS: { light: '#1b7038', dark: '#76d197', icon: 'M3 8.5 6.5 12 13 4.5' },
  FAILURE: { light: '#b3261e', dark: '#ff8f87', icon: 'M4 4l8 8M12 4l-8 8' },
  REVOKED: {
    light: '#6d35b5',
    dark: '#c8a5ff',
    icon: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M3.8 3.8l8.4 8.4',
  },
  REJECTED: { light: '#74452a', dark: '#dba883', icon: 'M3 8h10' },
};

const CUSTOM: Ink = { light: '#0b6a60', dark: '#63d2c4', icon: 'M8 2.5 13.5 8 8 13.5 2.5 8z' };

export function inkOf(state: string): Ink {
  return (INKS as Partial<Record<string, Ink>>)[state] ?? CUSTOM;
}

/** What came of a task: an exception of an earlier try is none once it has succeeded. */
export function outcomeOf(task: Task): string | undefined {
  return task.state === 'SUCCESS' ? task.result : (task.exception ?? task.result);
}

const ENDED = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED']);

export function hasEnded(task: { readonly state: string }): boolean {
  return ENDED.has(task.state);
}
