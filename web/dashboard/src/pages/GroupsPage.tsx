import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useCallback, useEffect, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import type { BatchProgress, Task } from '@apfa/realtime-client';
import { retryTasks } from '../app/commandsOf';
import { groupsChanged, type AppState } from '../app/store';
import { useAppDispatch, useAppSelector, useMayCommand, useServices } from '../app/services';
import { isOpen, useShownTask } from '../app/useShownTask';
import { Fetched, useAnswer } from '../parts/Fetched';
import { formatDuration, shortUuid, splitName } from '../parts/format';
import { Card, Page } from '../parts/Page';
import { StateChip } from '../parts/StateChip';
import { Uuid } from '../parts/Uuid';
import { hasEnded } from '../parts/states';
import { useNow, When } from '../parts/When';

/** Groups asked for by themselves when the page opens. */
const MAX_ASKED = 12;

/** Groups whose progress this page has been told of, the latest change first. */
export function GroupsPage() {
  const groups = useAppSelector((state) => state.groups);
  const { api, tasks } = useServices();
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const isListRead = useAppSelector((state) => Object.keys(state.live.counts).length > 0);
  useEffect(() => {
    if (!isListRead) return undefined;
    let isOver = false;
    // Groups that have not moved since: what the tasks that are known say of them.
    const known = new Map<string, number>();
    for (const { group_id: group, timestamp } of tasks.values()) {
      if (group !== undefined) known.set(group, Math.max(known.get(group) ?? 0, timestamp ?? 0));
    }
    const latest = [...known].sort((a, b) => b[1] - a[1]).slice(0, MAX_ASKED);
    void Promise.allSettled(latest.map(([group]) => api.group(group))).then((answers) => {
      if (isOver) return;
      const found = answers.flatMap((answer, index) => {
        const [group, changedAt] = latest[index] ?? ['', 0];
        return answer.status === 'fulfilled'
          ? [{ ...toProgress(group, answer.value, answer.value.tasks ?? []), changedAt }]
          : [];
      });
      dispatch(groupsChanged(found));
    });
    return () => {
      isOver = true;
    };
  }, [api, dispatch, isListRead, tasks]);
  const [id, setId] = useState('');
  const all = Object.values(groups).sort((a, b) => b.changedAt - a.changedAt);
  const running = all.filter((group) => group.percent < 100).length;
  return (
    <Page title="Groups" aside={<span className="quiet">{running} running</span>}>
      <Box
        component="form"
        sx={{ display: 'flex', gap: 1 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (id.trim()) void navigate(`/groups/${id.trim()}`);
        }}
      >
        <TextField
          placeholder="Open a group or canvas by its id"
          value={id}
          onChange={(event) => {
            setId(event.target.value);
          }}
          slotProps={{ htmlInput: { 'aria-label': 'group id' } }}
          sx={{ width: 340, maxWidth: '100%' }}
        />
        <Button type="submit" variant="outlined" color="inherit">
          Open
        </Button>
      </Box>
      {all.length === 0 && (
        <Typography className="quiet">
          No group is known to this page. Groups, chords and chains appear here with their first
          change.
        </Typography>
      )}
      <Box sx={{ display: 'grid', gap: 1 }}>
        {all.slice(0, 200).map((group) => (
          <Card key={group.group_id}>
            <Box sx={{ display: 'grid', gap: 0.75, '& a': { color: 'inherit' } }}>
              <Box sx={{ display: 'flex', gap: 1.5, alignItems: 'baseline', flexWrap: 'wrap' }}>
                <Link to={`/groups/${group.group_id}`}>
                  <b className="mono">{shortUuid(group.group_id)}</b>
                </Link>
                <ProgressWords progress={group} />
                <Box component="span" className="quiet" sx={{ ml: 'auto' }}>
                  <When at={group.changedAt} />
                </Box>
              </Box>
              <ProgressBar progress={group} />
            </Box>
          </Card>
        ))}
      </Box>
    </Page>
  );
}

/** Members of a group that something was asked for and that the server has not settled yet. */
interface Pending {
  readonly retries: number;
  readonly revokes: number;
}

/** What of a group is in doubt: shown at once, before the server has said a word. */
function usePending(id: string): Pending {
  const { tasks } = useServices();
  const count = (isKind: (kind: string) => boolean) => (state: AppState) =>
    Object.values(state.doubts.doubts).filter(
      (doubt) => isOpen(doubt) && isKind(doubt.kind) && tasks.get(doubt.target)?.group_id === id,
    ).length;
  const retries = useAppSelector(count((kind) => kind === 'retry'));
  const revokes = useAppSelector(count((kind) => kind === 'revoke' || kind === 'terminate'));
  return { retries, revokes };
}

function ProgressWords({ progress }: { readonly progress: BatchProgress }) {
  const { retries, revokes } = usePending(progress.group_id);
  return (
    <span className="quiet">
      {progress.completed} of {progress.total} · {progress.running} running
      {progress.failed > 0 && (
        <Box component="span" sx={{ color: 'error.main' }}>
          {' '}
          · {progress.failed} failed
        </Box>
      )}
      {retries > 0 && ` · ${retries} ${retries === 1 ? 'retry' : 'retries'} asked for`}
      {revokes > 0 && ` · ${revokes} ${revokes === 1 ? 'revoke' : 'revokes'} asked for`}
    </span>
  );
}

function ProgressBar({ progress }: { readonly progress: BatchProgress }) {
  const total = Math.max(1, progress.total);
  const pending = usePending(progress.group_id);
  // A failed member is retried as a new task, outside the group: its own part of the bar is in doubt.
  const retried = Math.min(pending.retries, progress.failed);
  const open = Math.max(0, progress.total - progress.completed);
  const revoked = Math.min(pending.revokes, open);
  const running = Math.min(progress.running, open - revoked);
  const share = (count: number): string => `${(100 * count) / total}%`;
  return (
    <Box
      role="progressbar"
      aria-label={`progress of ${progress.group_id}`}
      aria-valuenow={Math.round(progress.percent)}
      aria-valuemin={0}
      aria-valuemax={100}
      data-testid="group-progress"
      data-group={progress.group_id}
      data-percent={progress.percent}
      data-pending={retried + revoked}
      aria-busy={retried + revoked > 0}
      sx={{
        display: 'flex',
        height: 8,
        borderRadius: 4,
        overflow: 'hidden',
        bgcolor: 'action.selected',
        '& > div': { transition: 'width 160ms' },
      }}
    >
      <Box sx={{ width: share(progress.completed - progress.failed), bgcolor: 'success.main' }} />
      <Box sx={{ width: share(progress.failed - retried), bgcolor: 'error.main' }} />
      <Box className="bar-doubt" sx={{ width: share(retried), color: 'warning.main' }} />
      <Box className="bar-doubt" sx={{ width: share(revoked), color: 'text.secondary' }} />
      <Box sx={{ width: share(running), bgcolor: 'info.main', opacity: 0.6 }} />
    </Box>
  );
}

/** One group: its bar, its members, and what to do about those that failed. */
export function GroupPage() {
  const { api, commands, tasks } = useServices();
  const { id = '' } = useParams();
  const mayCommand = useMayCommand();
  const live = useAppSelector((state) => state.groups[id]);
  const isRetrying = usePending(id).retries > 0;
  const ask = useCallback(async () => {
    const detail = await api.group(id);
    for (const task of detail.tasks ?? []) tasks.put(task);
    return detail;
  }, [api, id, tasks]);
  const [answer, again] = useAnswer(ask);
  return (
    <Page title="Group" aside={<Uuid value={id} />}>
      <Fetched answer={answer} what="This group" onAgain={again}>
        {(detail) => {
          const members = detail.tasks ?? [];
          const progress = live ?? toProgress(id, detail, members);
          const failed = members.filter(
            (task) => (tasks.get(task.uuid) ?? task).state === 'FAILURE',
          );
          return (
            <>
              <Card>
                <Box sx={{ display: 'grid', gap: 1 }}>
                  <ProgressWords progress={progress} />
                  <ProgressBar progress={progress} />
                  {failed.length > 0 && mayCommand && (
                    <Box>
                      <Button
                        variant="outlined"
                        color="inherit"
                        disabled={isRetrying}
                        onClick={() => commands.run(retryTasks(failed))}
                      >
                        Retry {failed.length} failed
                      </Button>
                    </Box>
                  )}
                </Box>
              </Card>
              <Waterfall members={members} />
            </>
          );
        }}
      </Fetched>
    </Page>
  );
}

function toProgress(
  id: string,
  detail: Partial<BatchProgress>,
  members: readonly Task[],
): BatchProgress {
  return {
    group_id: id,
    total: detail.total ?? members.length,
    completed: detail.completed ?? 0,
    failed: detail.failed ?? 0,
    running: detail.running ?? 0,
    percent: detail.percent ?? 0,
  };
}

/** The members on one time axis: when each waited and when it ran. */
function Waterfall({ members }: { readonly members: readonly Task[] }) {
  const begin = Math.min(...members.map((task) => task.sent ?? task.received ?? Infinity));
  const now = useNow();
  const { tasks } = useServices();
  const latest = members.map((task) => tasks.get(task.uuid) ?? task);
  // A group that is over keeps its picture: only one that is not goes on to the right.
  const end = latest.every(hasEnded)
    ? Math.max(...latest.map((task) => endOf(task) ?? begin))
    : now;
  return (
    <Card isTight>
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 1, display: 'grid', gap: 0.25 }}>
        {members.slice(0, 500).map((task) => (
          <Member key={task.uuid} fallback={task} begin={begin} end={end} />
        ))}
      </Box>
    </Card>
  );
}

const BAR_COLORS: Readonly<Record<string, string>> = {
  STARTED: 'info.main',
  SUCCESS: 'success.main',
  FAILURE: 'error.main',
  RETRY: 'warning.main',
};

/** When a task ended, epoch seconds. */
function endOf(task: Task): number | undefined {
  return task.succeeded ?? task.failed ?? task.revoked ?? task.rejected;
}

interface MemberProps {
  readonly fallback: Task;
  /** The time axis, epoch seconds. */
  readonly begin: number;
  readonly end: number;
}

function Member({ fallback, begin, end }: MemberProps) {
  const task = useShownTask(fallback.uuid)?.task ?? fallback;
  const over = endOf(task) ?? end;
  const span = Math.max(0.001, end - begin);
  const left = ((task.started ?? over) - begin) / span;
  const width = task.started === undefined ? 0 : (over - task.started) / span;
  return (
    <Box
      component="li"
      sx={{
        display: 'grid',
        gridTemplateColumns: { xs: '110px 1fr 64px', md: '120px 220px 1fr 80px' },
        gap: 1,
        alignItems: 'center',
        minHeight: 28,
        '& a': { color: 'inherit' },
      }}
    >
      <span>
        <StateChip state={task.state} />
      </span>
      <Link to={`/tasks/${task.uuid}`}>
        {splitName(task.name ?? '').word || shortUuid(task.uuid)}{' '}
        <span className="mono quiet">{task.uuid.slice(0, 6)}</span>
      </Link>
      <Box
        aria-hidden
        sx={{
          position: 'relative',
          height: 8,
          bgcolor: 'action.hover',
          borderRadius: 1,
          display: { xs: 'none', md: 'block' },
        }}
      >
        <Box
          sx={{
            position: 'absolute',
            left: `min(calc(100% - 2px), ${Math.max(0, 100 * left)}%)`,
            width: `max(2px, ${Math.min(100, 100 * width)}%)`,
            top: 0,
            bottom: 0,
            borderRadius: 1,
            bgcolor: BAR_COLORS[task.state] ?? 'text.secondary',
          }}
        />
      </Box>
      <Box component="span" className="quiet" sx={{ textAlign: 'right' }}>
        {task.runtime === undefined ? '' : formatDuration(task.runtime)}
      </Box>
    </Box>
  );
}
