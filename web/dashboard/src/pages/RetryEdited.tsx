import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Task } from '@apfa/realtime-client';
import { retryTasks } from '../app/commandsOf';
import { useServices } from '../app/services';
import { parseArgs, parseKwargs } from '../data/arguments';

/** A copy of a task with other arguments, written as JSON. */
export function RetryEdited(props: {
  readonly task: Task | undefined;
  readonly onClose: () => void;
}) {
  return (
    <Dialog open={props.task !== undefined} onClose={props.onClose} fullWidth>
      {props.task && <Form task={props.task} onClose={props.onClose} />}
    </Dialog>
  );
}

function Form({ task, onClose }: { readonly task: Task; readonly onClose: () => void }) {
  const { commands } = useServices();
  const [args, setArgs] = useState('');
  const [kwargs, setKwargs] = useState('');
  const parsedArgs = parseArgs(args);
  const parsedKwargs = parseKwargs(kwargs);
  return (
    <>
      <DialogTitle>Retry {task.name} with other arguments</DialogTitle>
      <DialogContent sx={{ display: 'flex', flexDirection: 'column', gap: 2 }}>
        <Alert severity="info">
          A copy is published under a new uuid. Leave a field empty to keep what the task had:
          <pre className="mono">
            {task.args} {task.kwargs}
          </pre>
        </Alert>
        <TextField
          label="args, a JSON list"
          value={args}
          multiline
          minRows={2}
          error={parsedArgs.problem !== undefined}
          helperText={parsedArgs.problem ?? ' '}
          onChange={(event) => {
            setArgs(event.target.value);
          }}
        />
        <TextField
          label="kwargs, a JSON object"
          value={kwargs}
          multiline
          minRows={2}
          error={parsedKwargs.problem !== undefined}
          helperText={parsedKwargs.problem ?? ' '}
          onChange={(event) => {
            setKwargs(event.target.value);
          }}
        />
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          Leave it
        </Button>
        <Button
          variant="contained"
          disabled={parsedArgs.problem !== undefined || parsedKwargs.problem !== undefined}
          onClick={() => {
            commands.run(
              retryTasks([task], {
                ...(parsedArgs.value === undefined ? {} : { args: parsedArgs.value }),
                ...(parsedKwargs.value === undefined ? {} : { kwargs: parsedKwargs.value }),
              }),
            );
            onClose();
          }}
        >
          Publish the copy
        </Button>
      </DialogActions>
    </>
  );
}
