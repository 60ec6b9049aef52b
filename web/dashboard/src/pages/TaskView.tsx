import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Task } from '@apfa/realtime-client';
import { retryTasks, revokeTasks } from '../app/commandsOf';
import { useAppSelector, useMayCommand, useServices } from '../app/services';
import { isOpen, show, useShownTask } from '../app/useShownTask';
import type { TaskDetail } from '../data/api';
import { DangerDialog, type Danger } from '../parts/DangerDialog';
import { formatDuration, splitName } from '../parts/format';
import { RevokeButton } from '../parts/RevokeButton';
import { StateChip } from '../parts/StateChip';
import { hasEnded } from '../parts/states';
import { Uuid } from '../parts/Uuid';
import { When, WhenExact } from '../parts/When';
import { Canvas } from './Canvas';
import { RetryEdited } from './RetryEdited';
import { Timeline } from './Timeline';

interface Props {
  readonly uuid: string;
  /** Whether the task is the page itself, not a part of one. */
  readonly isPage?: boolean;
}

/** A busy task's history is not read more often than this. */
const HISTORY_EVERY_MS = 700;

/** One task: its facts, its history, its canvas, and what can be done with it. */
export function TaskView({ uuid, isPage = false }: Props) {
  const { api, commands, tasks } = useServices();
  const [detail, setDetail] = useState<TaskDetail>();
  const [problem, setProblem] = useState<string>();
  const [danger, setDanger] = useState<Danger>();
  const [isEditing, setEditing] = useState(false);
  const mayCommand = useMayCommand();
  const live = useShownTask(uuid);
  const offset = live?.task.offset;
  const isMissing = live === undefined && detail === undefined;

  // Its history has one more entry with every row of it.
  const lastRead = useRef(-Infinity);
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  useEffect(() => {
    const read = (): void => {
      lastRead.current = Date.now();
      api.task(uuid).then(
        (next) => {
          if (!isHere.current) return;
          setDetail(next);
          setProblem(undefined);
          tasks.put(next);
        },
        (error: unknown) => {
          if (isHere.current) setProblem(error instanceof Error ? error.message : String(error));
        },
      );
    };
    const timer = setTimeout(read, Math.max(0, lastRead.current + HISTORY_EVERY_MS - Date.now()));
    return () => {
      clearTimeout(timer);
    };
  }, [api, offset, tasks, uuid]);

  if (isMissing) {
    return problem ? (
      <Alert severity="info">
        This task is not in the table: {problem}. It may never have been seen, or be so old that
        only the result backend knows it.
      </Alert>
    ) : (
      <LinearProgress aria-label="reading the task" />
    );
  }
  const shown = live ?? show(detail as Task, undefined);
  const { task, doubt } = shown;
  const ofEarlier = task.state === 'SUCCESS' ? ' of an earlier try' : '';
  const { module, word } = splitName(task.name ?? '(name not known yet)');
  const terminate = (): void => {
    setDanger({
      title: `Terminate ${word}`,
      lines: [
        `SIGTERM is sent to the process that runs it on ${task.worker ?? 'its worker'}.`,
        'Work it has done so far is not undone.',
      ],
      typed: word,
      action: 'Terminate',
      run: () => commands.run(revokeTasks([task], { terminate: true })),
    });
  };

  return (
    <Box
      sx={{ display: 'flex', flexDirection: 'column', gap: 2 }}
      data-testid="task-detail"
      data-uuid={uuid}
      data-state={task.state}
    >
      <Box>
        <Typography component={isPage ? 'h1' : 'h2'} variant="h1" sx={{ overflowWrap: 'anywhere' }}>
          <span className="quiet">{module}</span>
          {word}
        </Typography>
        <Box sx={{ display: 'flex', gap: 1, alignItems: 'center', mt: 0.75, flexWrap: 'wrap' }}>
          <StateChip state={task.state} isInDoubt={isOpen(doubt)} />
          <Uuid value={uuid} isWhole />
        </Box>
      </Box>
      {doubt && isOpen(doubt) && (
        <Alert severity="info" icon={<span className="spinner" />}>
          {doubt.kind}:{' '}
          {doubt.phase === 'instant' ? 'sending to the server' : 'waiting for the worker to say so'}
        </Alert>
      )}
      {doubt && (doubt.phase === 'failed' || doubt.phase === 'unknown') && (
        <Alert severity="error">
          {doubt.kind}{' '}
          {doubt.phase === 'unknown' ? 'has an unknown outcome' : `failed: ${doubt.reason ?? ''}`}.
          This is what the server says now.
        </Alert>
      )}
      {task.suspect && (
        <Alert severity="warning">
          The state may be old: {task.suspect.reason}
          {task.suspect.since !== undefined && (
            <>
              {' '}
              since <When at={task.suspect.since} />
            </>
          )}
          .
        </Alert>
      )}
      {mayCommand && (
        <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
          <RevokeButton shown={shown} variant="outlined" />
          {!hasEnded(task) && (
            <Button variant="outlined" color="error" onClick={terminate} disabled={isOpen(doubt)}>
              Terminate…
            </Button>
          )}
          {hasEnded(task) && (
            <Button
              variant="outlined"
              color="inherit"
              disabled={isOpen(doubt)}
              onClick={() => commands.run(retryTasks([task]))}
            >
              Retry
            </Button>
          )}
          <Button
            color="inherit"
            onClick={() => {
              setEditing(true);
            }}
          >
            Retry with other arguments…
          </Button>
        </Box>
      )}
      <Facts task={task} />
      <Folded title="Arguments" text={`${task.args ?? '()'}\n${task.kwargs ?? '{}'}`} isOpen />
      {task.result !== undefined && <Folded title="Result" text={task.result} isOpen />}
      {task.exception !== undefined && (
        <Folded title={`Exception${ofEarlier}`} text={task.exception} isOpen={ofEarlier === ''} />
      )}
      {task.traceback !== undefined && (
        <Folded title={`Traceback${ofEarlier}`} text={task.traceback} isOpen={ofEarlier === ''} />
      )}
      {task.progress !== undefined && (
        <Folded title="Progress" text={JSON.stringify(task.progress, null, 2)} isOpen />
      )}
      <Timeline entries={detail?.timeline ?? []} task={task} />
      <Canvas task={task} childIds={detail?.children ?? []} />
      <Folded title="Raw data" text={JSON.stringify({ ...detail, ...task }, null, 2)} />
      <DangerDialog
        danger={danger}
        onClose={() => {
          setDanger(undefined);
        }}
      />
      <RetryEdited
        task={isEditing ? task : undefined}
        onClose={() => {
          setEditing(false);
        }}
      />
    </Box>
  );
}

function TaskLink({ uuid }: { readonly uuid: string }) {
  return <Link to={`/tasks/${uuid}`}>{uuid}</Link>;
}

function Facts({ task }: { readonly task: Task }) {
  const zone = useAppSelector((state) => state.prefs.zone);
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Worker', task.worker && <Link to={`/workers?worker=${task.worker}`}>{task.worker}</Link>],
    ['Queue', task.queue && <Link to={`/tasks?queue=${task.queue}`}>{task.queue}</Link>],
    ['Retries', task.retries],
    ['Runtime', task.runtime === undefined ? undefined : formatDuration(task.runtime)],
    ['Sent', task.sent && <WhenExact at={task.sent} />],
    ['Received', task.received && <WhenExact at={task.received} />],
    ['Started', task.started && <WhenExact at={task.started} />],
    [
      'Waited',
      task.started !== undefined && task.sent !== undefined
        ? formatDuration(task.started - task.sent)
        : undefined,
    ],
    ['ETA', task.eta && <WhenExact at={task.eta} />],
    ['Expires', task.expires && <WhenExact at={task.expires} />],
    ['Group', task.group_id && <Link to={`/groups/${task.group_id}`}>{task.group_id}</Link>],
    ['Root', task.root_id && task.root_id !== task.uuid && <TaskLink uuid={task.root_id} />],
    ['Parent', task.parent_id && <TaskLink uuid={task.parent_id} />],
  ];
  return (
    <Box
      component="dl"
      data-zone={zone}
      sx={{
        m: 0,
        display: 'grid',
        gridTemplateColumns: 'minmax(72px, max-content) 1fr',
        columnGap: 2,
        rowGap: 0.5,
        '& dd': { m: 0, overflowWrap: 'anywhere' },
        '& a': { color: 'primary.main' },
      }}
    >
      {facts
        .filter(
          ([, value]) => value !== undefined && value !== false && value !== '' && value !== 0,
        )
        .map(([label, value]) => (
          <Box key={label} sx={{ display: 'contents' }}>
            <dt className="quiet">{label}</dt>
            <dd>{value}</dd>
          </Box>
        ))}
    </Box>
  );
}

/** Long text, folded and monospaced; the browser's search finds it while it is open. */
export function Folded(props: {
  readonly title: string;
  readonly text: string;
  readonly isOpen?: boolean;
}) {
  return (
    <details open={props.isOpen ?? false}>
      <Typography component="summary" variant="h3" sx={{ cursor: 'pointer', mb: 0.75 }}>
        {props.title}
      </Typography>
      <pre className="block mono" tabIndex={0}>
        {props.text}
      </pre>
    </details>
  );
}
