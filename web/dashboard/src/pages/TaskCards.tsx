import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { startTransition, useEffect, useState } from 'react';
import type { Task } from '@apfa/realtime-client';
import { isOpen, useShownTask } from '../app/useShownTask';
import type { TaskList } from '../data/taskList';
import { formatDuration, splitName } from '../parts/format';
import { RevokeButton } from '../parts/RevokeButton';
import { StateChip } from '../parts/StateChip';
import { Uuid } from '../parts/Uuid';
import { When } from '../parts/When';

const STEP = 30;

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
        if (isOver) return;
        // Cards that all change are made in slices, between which the page stays awake.
        startTransition(() => {
          setRows(next);
        });
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
  // Plain elements: thirty cards are drawn anew several times a second, also on a phone.
  return (
    <li
      className={isBusy ? 'task-card row-doubt' : 'task-card'}
      data-testid="task-row"
      data-uuid={task.uuid}
      data-state={task.state}
      data-phase={shown.doubt?.phase ?? ''}
      aria-busy={isBusy}
    >
      <div className="line">
        <StateChip state={task.state} isInDoubt={isBusy} />
        <span className="quiet last">
          <When at={task.received ?? task.sent ?? task.timestamp} />
        </span>
      </div>
      <button
        type="button"
        className="name"
        onClick={() => {
          onOpen(task.uuid);
        }}
      >
        <span className="quiet">{module}</span>
        {word}
      </button>
      {called !== '' && <div className="mono called">{called}</div>}
      <div className="line wrapped quiet">
        <Uuid value={task.uuid} />
        {task.worker && <span>{task.worker}</span>}
        {task.runtime !== undefined && <span>{formatDuration(task.runtime)}</span>}
        <span className="last acting">
          <RevokeButton shown={shown} />
        </span>
      </div>
      {task.exception && task.state !== 'SUCCESS' && (
        <div className="mono exception">{task.exception}</div>
      )}
    </li>
  );
}
