import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useCallback, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { overlaid, type QueueDepth } from '@apfa/realtime-client';
import { selectDoubtOf } from '@apfa/realtime-client/redux';
import { queueCommand } from '../app/commandsOf';
import { useAppDispatch, useAppSelector, useMayCommand, useServices } from '../app/services';
import { pauseSeen, queuesChanged } from '../app/store';
import { isOpen } from '../app/useShownTask';
import { Spark } from '../parts/Chart';
import { DangerDialog, type Danger } from '../parts/DangerDialog';
import { Fetched, useAnswer } from '../parts/Fetched';
import { Figure } from '../parts/Figure';
import { formatCount } from '../parts/format';
import { Card, Page } from '../parts/Page';
import { useNow } from '../parts/When';

/** What waits, where, and whether it is let through. */
export function QueuesPage() {
  const { api } = useServices();
  const dispatch = useAppDispatch();
  const [params, setParams] = useSearchParams();
  const queues = useAppSelector((state) => state.live.queues);
  const isKnown = useAppSelector((state) => state.live.isQueuesKnown);
  const [danger, setDanger] = useState<Danger>();
  const ask = useCallback(async () => {
    const all = await api.queues();
    dispatch(queuesChanged(all));
    const report = await api.doctor().catch(() => undefined);
    const paused = report?.['pausedQueues'];
    if (Array.isArray(paused)) {
      for (const { queue } of all) {
        dispatch(pauseSeen({ queue, isPaused: (paused as unknown[]).includes(queue) }));
      }
    }
    return all;
  }, [api, dispatch]);
  useAnswer(ask);
  useNow();
  const open = params.get('queue');
  const all = Object.values(queues).sort(
    (a, b) => b.depth - a.depth || a.queue.localeCompare(b.queue),
  );
  return (
    <Page
      title="Queues"
      aside={
        <span className="quiet">
          {formatCount(all.reduce((sum, queue) => sum + queue.depth, 0))} waiting in {all.length}{' '}
          {all.length === 1 ? 'queue' : 'queues'}
        </span>
      }
    >
      {isKnown && all.length === 0 && (
        <Alert severity="info">
          No queue is known yet: one appears with the first task that is sent to it.
        </Alert>
      )}
      <Box
        sx={{
          display: 'grid',
          gap: 1.5,
          gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 360px), 1fr))',
        }}
      >
        {all.map((queue) => (
          <QueueCard
            key={queue.queue}
            queue={queue}
            isOpen={queue.queue === open}
            onOpen={() => {
              setParams(queue.queue === open ? {} : { queue: queue.queue });
            }}
            onDanger={setDanger}
          />
        ))}
      </Box>
      {open !== null && <Messages key={open} queue={open} />}
      <DangerDialog
        danger={danger}
        onClose={() => {
          setDanger(undefined);
        }}
      />
    </Page>
  );
}

interface CardProps {
  readonly queue: QueueDepth;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly onDanger: (danger: Danger) => void;
}

function QueueCard({ queue, isOpen: isShown, onOpen, onDanger }: CardProps) {
  const { commands, rates } = useServices();
  const doubt = useAppSelector((state) => selectDoubtOf(state, `queue:${queue.queue}`));
  const known = useAppSelector((state) => state.paused[queue.queue]);
  const isBusy = isOpen(doubt);
  const mayCommand = useMayCommand();
  const mayPurge = useMayCommand('admin');
  const shown = overlaid(
    { ...queue, paused: queue.paused ?? known ?? false, offset: 0 },
    doubt,
    () => false,
  );
  const points = rates.depthsOf(queue.queue);
  const first = points[0]?.depth ?? queue.depth;
  const change = queue.depth - first;
  return (
    <Card>
      <Box
        data-testid="queue-card"
        data-queue={queue.queue}
        data-depth={queue.depth}
        data-paused={shown.paused}
        aria-busy={isBusy}
        sx={{ opacity: isBusy ? 0.5 : 1, display: 'grid', gap: 1 }}
      >
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
          <Typography component="h2" variant="h2" sx={{ overflowWrap: 'anywhere' }}>
            {queue.queue}
          </Typography>
          {isBusy && <span className="spinner" />}
          {shown.paused && (
            <Box component="span" sx={{ color: 'warning.main', fontWeight: 650 }}>
              paused
            </Box>
          )}
        </Box>
        <Box sx={{ display: 'grid', gridTemplateColumns: '1fr 1fr 1fr', gap: 1 }}>
          <Figure label="Waiting" value={formatCount(queue.depth)} />
          <Figure
            label="Taken, not acked"
            value={queue.unacked === undefined ? '–' : formatCount(queue.unacked)}
          />
          <Figure
            label="Since opened"
            value={
              change === 0
                ? '±0'
                : change > 0
                  ? `+${formatCount(change)}`
                  : `−${formatCount(-change)}`
            }
          />
        </Box>
        <Spark values={points.map((point) => point.depth)} color="info.main" />
        <Box sx={{ display: 'flex', gap: 0.5, flexWrap: 'wrap' }}>
          {mayCommand && (
            <Button
              variant="outlined"
              color="inherit"
              disabled={isBusy}
              onClick={() =>
                commands.run(queueCommand(queue.queue, shown.paused ? 'resume' : 'pause'))
              }
            >
              {shown.paused ? 'Resume' : 'Pause'}
            </Button>
          )}
          <Button
            color="inherit"
            component={Link}
            to={`/tasks?queue=${encodeURIComponent(queue.queue)}`}
          >
            Tasks
          </Button>
          <Button color="inherit" aria-expanded={isShown} onClick={onOpen}>
            Messages
          </Button>
          {mayPurge && (
            <Button
              color="error"
              sx={{ ml: 'auto' }}
              disabled={isBusy || queue.depth === 0}
              onClick={() => {
                onDanger({
                  title: `Purge ${queue.queue}`,
                  lines: [
                    `${formatCount(queue.depth)} messages that wait in this queue are deleted. They cannot be had back.`,
                    'Tasks that workers have taken already are not touched.',
                  ],
                  typed: queue.queue,
                  action: `Purge ${formatCount(queue.depth)}`,
                  run: () => commands.run(queueCommand(queue.queue, 'purge')),
                });
              }}
            >
              Purge…
            </Button>
          )}
        </Box>
      </Box>
    </Card>
  );
}

function Messages({ queue }: { readonly queue: string }) {
  const { api } = useServices();
  const ask = useCallback(() => api.queueMessages(queue), [api, queue]);
  const [answer, again] = useAnswer(ask);
  return (
    <Card>
      <Typography component="h2" variant="h2" sx={{ mb: 1 }}>
        First messages of {queue}
      </Typography>
      <Fetched answer={answer} what="The queue's content" onAgain={again}>
        {(messages) =>
          messages.length === 0 ? (
            <span className="quiet">The queue is empty.</span>
          ) : (
            <pre className="block mono" tabIndex={0}>
              {messages.map((message) => JSON.stringify(message)).join('\n')}
            </pre>
          )
        }
      </Fetched>
    </Card>
  );
}
