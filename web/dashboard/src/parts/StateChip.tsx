import { formatCount } from './format';
import { inkOf } from './states';

interface Props {
  readonly state: string;
  readonly count?: number;
  /** Whether the state is expected, not yet the server's word. */
  readonly isInDoubt?: boolean;
}

/** A state in its colour, with its icon and its name. */
export function StateChip({ state, count, isInDoubt = false }: Props) {
  return (
    <span
      className={`state-chip${state === 'STARTED' && count !== 0 ? ' state-chip-moving' : ''}${count === 0 ? ' state-chip-none' : ''}`}
      style={
        {
          '--ink-light': inkOf(state).light,
          '--ink-dark': inkOf(state).dark,
        } as React.CSSProperties
      }
    >
      {isInDoubt ? (
        <span className="spinner" aria-hidden />
      ) : (
        <svg width="12" height="12" viewBox="0 0 16 16" aria-hidden focusable="false">
          <path d={inkOf(state).icon} />
        </svg>
      )}
      <span>{state}</span>
      {count !== undefined && <b>{formatCount(count)}</b>}
    </span>
  );
}
