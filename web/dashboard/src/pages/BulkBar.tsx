import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import { useState } from 'react';
import type { Task } from '@apfa/realtime-client';
import { retryTasks, revokeTasks } from '../app/commandsOf';
import { useMayCommand, useServices } from '../app/services';
import type { TaskList } from '../data/taskList';
import { toCsv } from '../data/csv';
import { hasEnded } from '../parts/states';
import { DangerDialog, type Danger } from '../parts/DangerDialog';

/** Above this many the count has to be typed. */
const TYPE_ABOVE = 20;
/** The most the server takes in one call. */
const LIMIT = 1_000;
const CSV_ROWS = 5_000;

interface Props {
  readonly count: number;
  readonly list: TaskList;
  readonly selected: () => readonly Task[];
  readonly onDone: () => void;
}

/** What can be done with the selected rows, and the list as a file. */
export function BulkBar({ count, list, selected, onDone }: Props) {
  const { commands } = useServices();
  const mayCommand = useMayCommand();
  const [danger, setDanger] = useState<Danger>();
  if (count === 0 || !mayCommand) return null;

  const start = (verb: 'Revoke' | 'Terminate' | 'Retry'): void => {
    const chosen = selected();
    const fitting = chosen.filter((task) => (verb === 'Retry') === hasEnded(task)).slice(0, LIMIT);
    const run = (): void => {
      if (verb === 'Retry') commands.run(retryTasks(fitting));
      else commands.run(revokeTasks(fitting, { terminate: verb === 'Terminate' }));
      onDone();
    };
    if (verb !== 'Terminate' && fitting.length > 0 && fitting.length <= TYPE_ABOVE) {
      run();
      return;
    }
    setDanger({
      title: `${verb} ${fitting.length} of ${chosen.length} selected`,
      lines: consequences(verb, fitting, chosen.length),
      typed: String(fitting.length),
      action: `${verb} ${fitting.length}`,
      isImpossible: fitting.length === 0,
      run,
    });
  };

  return (
    <Paper
      variant="outlined"
      role="toolbar"
      aria-label="selected tasks"
      sx={{ display: 'flex', gap: 1, p: 0.75, pl: 1.5, alignItems: 'center', flexWrap: 'wrap' }}
    >
      <b>{count} selected</b>
      <Button
        color="inherit"
        variant="outlined"
        onClick={() => {
          start('Revoke');
        }}
      >
        Revoke {count}
      </Button>
      <Button
        color="error"
        variant="outlined"
        onClick={() => {
          start('Terminate');
        }}
      >
        Terminate {count}…
      </Button>
      <Button
        color="inherit"
        variant="outlined"
        onClick={() => {
          start('Retry');
        }}
      >
        Retry {count}
      </Button>
      <Box sx={{ ml: 'auto', display: 'flex', gap: 1 }}>
        <Button
          color="inherit"
          onClick={() => {
            void list.rows(0, Math.min(list.rowCount, CSV_ROWS)).then(saveCsv);
          }}
        >
          CSV of the list
        </Button>
        <Button
          color="inherit"
          onClick={() => {
            saveCsv(selected());
          }}
        >
          CSV of {count}
        </Button>
        <Button color="inherit" onClick={onDone}>
          Unselect
        </Button>
      </Box>
      <DangerDialog
        danger={danger}
        onClose={() => {
          setDanger(undefined);
        }}
      />
    </Paper>
  );
}

function consequences(verb: string, tasks: readonly Task[], selectedCount: number): string[] {
  const byName = new Map<string, number>();
  for (const task of tasks) {
    const name = task.name ?? '(name not known yet)';
    byName.set(name, (byName.get(name) ?? 0) + 1);
  }
  const lines = [...byName].sort((a, b) => b[1] - a[1]).slice(0, 8);
  const skipped = selectedCount - tasks.length;
  return [
    verb === 'Terminate'
      ? 'SIGTERM is sent to the process that runs each task. Work it has done so far is not undone.'
      : verb === 'Revoke'
        ? 'Workers will skip these tasks. Ones that already run go on.'
        : 'A copy of each task is published under a new uuid.',
    ...lines.map(([name, count]) => `${count} × ${name}`),
    ...(skipped > 0
      ? [
          `${skipped} of the selection are left out: they ${verb === 'Retry' ? 'have not ended' : 'have ended'}.`,
        ]
      : []),
  ];
}

function saveCsv(tasks: readonly Task[]): void {
  const url = URL.createObjectURL(new Blob([toCsv(tasks)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'tasks.csv';
  link.click();
  URL.revokeObjectURL(url);
}
