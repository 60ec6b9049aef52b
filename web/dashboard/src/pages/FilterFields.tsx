import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import useMediaQuery from '@mui/material/useMediaQuery';
import TextField from '@mui/material/TextField';
import { useEffect, useState } from 'react';
import { useAppSelector, useServices } from '../app/services';
import type { TaskFilter } from '../data/api';

interface Props {
  readonly filter: TaskFilter;
  readonly onChange: (change: Partial<TaskFilter>) => void;
}

/** Filters that complete as one types, from what the page has seen. */
export function FilterFields({ filter, onChange }: Props) {
  const { tasks } = useServices();
  const workers = useAppSelector((state) => state.live.workers);
  const queues = useAppSelector((state) => state.live.queues);
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
      {field('queue', Object.keys(queues).sort(), 130)}
      {field('worker', Object.keys(workers).sort(), 170)}
    </>
  );
}
