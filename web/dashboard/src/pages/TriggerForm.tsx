import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { trigger } from '@apfa/realtime-client/redux';
import { useAppDispatch } from '../app/services';
import { parseArgs, parseKwargs } from '../data/arguments';
import { Card } from '../parts/Page';

/** Starts a task by its name, with arguments written as JSON. */
export function TriggerForm() {
  const dispatch = useAppDispatch();
  const [name, setName] = useState('');
  const [args, setArgs] = useState('');
  const [kwargs, setKwargs] = useState('');
  const [queue, setQueue] = useState('');
  const [refusal, setRefusal] = useState<string>();
  const parsedArgs = parseArgs(args);
  const parsedKwargs = parseKwargs(kwargs);
  const problem = parsedArgs.problem ?? parsedKwargs.problem;
  return (
    <Card>
      <Typography component="h2" variant="h2" sx={{ mb: 1 }}>
        Trigger a task
      </Typography>
      <Box
        component="form"
        sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}
        onSubmit={(event) => {
          event.preventDefault();
          setRefusal(undefined);
          dispatch(
            trigger({
              name: name.trim(),
              ...(parsedArgs.value === undefined ? {} : { args: parsedArgs.value }),
              ...(parsedKwargs.value === undefined ? {} : { kwargs: parsedKwargs.value }),
              ...(queue.trim() === '' ? {} : { queue: queue.trim() }),
            }),
          )
            .unwrap()
            .catch((reason: unknown) => {
              setRefusal(String(reason));
            });
        }}
      >
        <TextField
          label="name"
          required
          value={name}
          onChange={(e) => {
            setName(e.target.value);
          }}
          sx={{ width: { xs: '100%', sm: 260 } }}
        />
        <TextField
          label="args, JSON list"
          value={args}
          sx={{ width: { xs: '100%', sm: 'auto' } }}
          error={parsedArgs.problem !== undefined}
          onChange={(e) => {
            setArgs(e.target.value);
          }}
        />
        <TextField
          label="kwargs, JSON object"
          value={kwargs}
          sx={{ width: { xs: '100%', sm: 'auto' } }}
          error={parsedKwargs.problem !== undefined}
          onChange={(e) => {
            setKwargs(e.target.value);
          }}
        />
        <TextField
          label="queue"
          value={queue}
          onChange={(e) => {
            setQueue(e.target.value);
          }}
          sx={{ width: { xs: '100%', sm: 120 } }}
        />
        <Button
          type="submit"
          variant="contained"
          disabled={name.trim() === '' || problem !== undefined}
        >
          Trigger
        </Button>
      </Box>
      {(problem ?? refusal) !== undefined && (
        <Box role="alert" sx={{ color: 'error.main', mt: 1 }}>
          {problem ?? refusal}
        </Box>
      )}
    </Card>
  );
}
