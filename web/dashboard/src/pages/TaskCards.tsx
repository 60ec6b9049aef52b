import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import { useEffect, useState } from 'react';
import type { Task } from '@apfa/realtime-client';
import { isOpen, useShownTask } from '../app/useShownTask';
import type { TaskList } from '../data/taskList';
import { formatDuration, splitName } from '../parts/format';
import { RevokeButton } from '../parts/RevokeButton';
import { StateChip } from '../parts/StateChip';
import { Uuid } from '../parts/Uuid';
import { When } from '../parts/When';

const STEP = 50;

interface Props {
  readonly list: TaskList;
  /** Changes when the list has new rows. */
  readonly version: number;
  readonly onOpen: (uuid: string) => void;
}

/** The same facts as the grid's, for a narrow page. */
export function TaskCards({ list, version, onOpen }: Props) {
  const [rows, setRows] = useState<readonly Task[]>([]);
  const [wanted, setWanted] = useState(STEP);
  useEffect(() => {
    let isOver = false;
    list.rows(0, wanted).then(
      (next) => {
        if (!isOver) setRows(next);
      },
      () => undefined,
    );
    return () => {
      isOver = true;
    };
  }, [list, wanted, version]);
  return (
    <>
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1 }}>
        {rows.map((task) => (
          <TaskCard key={task.uuid} fallback={task} onOpen={onOpen} />
        ))}
      </Box>
      {rows.length < list.rowCount && (
        <Button
          fullWidth
          onClick={() => {
            setWanted(wanted + STEP);
          }}
        >
          Show more
        </Button>
      )}
    </>
  );
}

function TaskCard({
  fallback,
  onOpen,
}: {
  readonly fallback: Task;
  readonly onOpen: Props['onOpen'];
}) {
  const shown = useShownTask(fallback.uuid) ?? { task: fallback, doubt: undefined };
  const { task } = shown;
  const { module, word } = splitName(task.name ?? 'not known yet');
  const isBusy = isOpen(shown.doubt);
  const called = [task.args, task.kwargs]
    .filter((text) => text && text !== '()' && text !== '{}')
    .join(' ');
  return (
    <Paper
      component="li"
      variant="outlined"
      className="task-card"
      data-testid="task-row"
      data-uuid={task.uuid}
      data-state={task.state}
      data-phase={shown.doubt?.phase ?? ''}
      aria-busy={isBusy}
      sx={{ p: 1.25, opacity: isBusy ? 0.5 : 1 }}
    >
      <Box sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
        <StateChip state={task.state} isInDoubt={isBusy} />
        <Box component="span" sx={{ ml: 'auto' }} className="quiet">
          <When at={task.received ?? task.sent ?? task.timestamp} />
        </Box>
      </Box>
      <Button
        color="inherit"
        onClick={() => {
          onOpen(task.uuid);
        }}
        sx={{ px: 0, justifyContent: 'flex-start', textAlign: 'left', overflowWrap: 'anywhere' }}
      >
        <span>
          <span className="quiet">{module}</span>
          {word}
        </span>
      </Button>
      {called !== '' && (
        <Box
          className="mono"
          sx={{ mb: 0.5, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}
        >
          {called}
        </Box>
      )}
      <Box
        sx={{ display: 'flex', gap: 1, alignItems: 'center', flexWrap: 'wrap' }}
        className="quiet"
      >
        <Uuid value={task.uuid} />
        {task.worker && <span>{task.worker}</span>}
        {task.runtime !== undefined && <span>{formatDuration(task.runtime)}</span>}
        <Box component="span" sx={{ ml: 'auto', color: 'text.primary' }}>
          <RevokeButton shown={shown} />
        </Box>
      </Box>
      {task.exception && (
        <Box className="mono" sx={{ mt: 0.5, overflowWrap: 'anywhere' }}>
          {task.exception}
        </Box>
      )}
    </Paper>
  );
}
