import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { Task } from '@apfa/realtime-client';
import type { TimelineEntry } from '../data/api';
import { formatDuration } from '../parts/format';
import { inkOf } from '../parts/states';
import { WhenExact } from '../parts/When';

const STATE_OF: Readonly<Record<string, string>> = {
  'task-sent': 'PENDING',
  'task-received': 'RECEIVED',
  'task-started': 'STARTED',
  'task-succeeded': 'SUCCESS',
  'task-failed': 'FAILURE',
  'task-retried': 'RETRY',
  'task-revoked': 'REVOKED',
  'task-rejected': 'REJECTED',
};

interface Props {
  readonly entries: readonly TimelineEntry[];
  readonly task: Task;
}

/** The task's events in order, each with the time since the one before. */
export function Timeline({ entries, task }: Props) {
  const known = entries.length > 0 ? entries : fromRow(task);
  const sorted = [...known].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
  if (sorted.length === 0) return null;
  return (
    <section>
      <Typography component="h2" variant="h3" sx={{ mb: 1 }}>
        Timeline
      </Typography>
      <Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0 }} data-testid="timeline">
        {sorted.map((entry, index) => {
          const before = sorted[index - 1];
          const waited =
            before?.timestamp !== undefined && entry.timestamp !== undefined
              ? entry.timestamp - before.timestamp
              : undefined;
          const state = STATE_OF[entry.type] ?? entry.type;
          const ink = inkOf(state);
          return (
            <Box
              component="li"
              key={`${entry.type}/${entry.timestamp ?? index}`}
              style={{ '--ink-light': ink.light, '--ink-dark': ink.dark } as React.CSSProperties}
              sx={{
                position: 'relative',
                pl: 3,
                pb: 1.25,
                '&::before': {
                  content: '""',
                  position: 'absolute',
                  left: 4,
                  top: 6,
                  width: 8,
                  height: 8,
                  borderRadius: '50%',
                  bgcolor: 'var(--ink-light)',
                  '[data-theme="dark"] &': { bgcolor: 'var(--ink-dark)' },
                },
                '&:not(:last-child)::after': {
                  content: '""',
                  position: 'absolute',
                  left: 7.5,
                  top: 16,
                  bottom: -4,
                  width: '1px',
                  bgcolor: 'divider',
                },
              }}
            >
              <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap', alignItems: 'baseline' }}>
                <b>{entry.type}</b>
                {waited !== undefined && (
                  <span className="quiet">+{formatDuration(Math.max(0, waited))}</span>
                )}
                {entry.hostname !== undefined && <span className="quiet">{entry.hostname}</span>}
              </Box>
              <span className="quiet">
                <WhenExact at={entry.timestamp} />
              </span>
            </Box>
          );
        })}
      </Box>
    </section>
  );
}

/** The history a row itself remembers, where the server keeps none. */
function fromRow(task: Task): readonly TimelineEntry[] {
  const times: readonly (readonly [string, number | undefined])[] = [
    ['task-sent', task.sent],
    ['task-received', task.received],
    ['task-started', task.started],
    ['task-retried', task.retried],
    ['task-succeeded', task.succeeded],
    ['task-failed', task.failed],
    ['task-revoked', task.revoked],
    ['task-rejected', task.rejected],
  ];
  return times.flatMap(([type, timestamp]) =>
    timestamp === undefined
      ? []
      : [{ type, timestamp, ...(task.worker === undefined ? {} : { hostname: task.worker }) }],
  );
}
