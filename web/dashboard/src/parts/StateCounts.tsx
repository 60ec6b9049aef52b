import Box from '@mui/material/Box';
import { useAppSelector } from '../app/services';
import { BUILT_IN_STATES } from './states';
import { StateChip } from './StateChip';

interface Props {
  readonly selected: string | undefined;
  readonly onSelect: (state: string | undefined) => void;
}

/** Tasks by state; a click narrows the list to one. */
export function StateCounts({ selected, onSelect }: Props) {
  const counts = useAppSelector((state) => state.live.counts);
  const custom = Object.keys(counts).filter(
    (state) => !(BUILT_IN_STATES as readonly string[]).includes(state) && (counts[state] ?? 0) > 0,
  );
  return (
    <Box
      role="group"
      aria-label="tasks by state"
      sx={{
        display: 'flex',
        flexWrap: { xs: 'nowrap', sm: 'wrap' },
        overflowX: 'auto',
        flex: 'none',
        gap: 0.5,
        alignItems: 'center',
      }}
    >
      {[...BUILT_IN_STATES, ...custom].map((state) => (
        <button
          key={state}
          type="button"
          className="chip-button"
          data-testid={`state-count-${state}`}
          data-count={counts[state] ?? 0}
          aria-pressed={selected === state}
          onClick={() => {
            onSelect(selected === state ? undefined : state);
          }}
        >
          <StateChip state={state} count={counts[state] ?? 0} />
        </button>
      ))}
    </Box>
  );
}
