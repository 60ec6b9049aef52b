import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import useMediaQuery from '@mui/material/useMediaQuery';
import TextField from '@mui/material/TextField';
import { memo, useEffect, useState } from 'react';
import { shallowEqual } from 'react-redux';
import { useAppSelector, useServices } from '../app/services';
import type { TaskFilter } from '../data/api';

interface Props {
  readonly filter: TaskFilter;
  readonly onChange: (change: Partial<TaskFilter>) => void;
}

/** Filters that complete as one types, from what the page has seen. */
export const FilterFields = memo(function FilterFields({ filter, onChange }: Props) {
  const { tasks } = useServices();
  // Only who is there matters here, not how they are: that changes all the time.
  const workers = useAppSelector(({ live }) => Object.keys(live.workers).sort(), shallowEqual);
  const queues = useAppSelector(({ live }) => Object.keys(live.queues).sort(), shallowEqual);
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    const collect = (): void => {
      const seen = new Set<string>();
      for (const { name } of tasks.values()) if (name !== undefined) seen.add(name);
      setNames((before) => (before.length === seen.size ? before : [...seen].sort()));
    };
    collect();
    const id = setInterval(collect, 5_000);
    return () => {
      clearInterval(id);
    };
  }, [tasks]);
  const field = (key: 'name' | 'queue' | 'worker', options: readonly string[], width: number) => (
    <Autocomplete
      key={key}
      size="small"
      freeSolo
      options={options}
      value={filter[key] ?? null}
      onChange={(_event, value) => {
        onChange({ [key]: value ?? '' });
      }}
      sx={{ width: { xs: 'calc(50% - 4px)', sm: width } }}
      renderInput={(props) => <TextField {...props} label={key} />}
    />
  );
  const isNarrow = useMediaQuery('(max-width:700px)');
  const [isShown, setShown] = useState(false);
  if (isNarrow && !isShown) {
    return (
      <Button
        color="inherit"
        variant="outlined"
        onClick={() => {
          setShown(true);
        }}
      >
        Filters
      </Button>
    );
  }
  return (
    <>
      {field('name', names, 200)}
      {field('queue', queues, 130)}
      {field('worker', workers, 170)}
    </>
  );
});
