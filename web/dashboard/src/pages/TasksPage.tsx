import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { memo, useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { Task } from '@apfa/realtime-client';
import { useShortcuts } from '../app/shortcuts';
import { useMayCommand, useServices } from '../app/services';
import { revokeTasks } from '../app/commandsOf';
import { useFilter, useSort } from '../app/useFilter';
import type { TaskFilter } from '../data/api';
import { TaskList } from '../data/taskList';
import type { TaskSort } from '../data/taskSort';
import { formatCount } from '../parts/format';
import { GapBands } from '../parts/GapBands';
import { StateCounts } from '../parts/StateCounts';
import { hasEnded } from '../parts/states';
import { BulkBar } from './BulkBar';
import { EmptyTasks } from './EmptyTasks';
import { FilterFields } from './FilterFields';
import { TaskCards } from './TaskCards';
import { TaskDrawer } from './TaskDrawer';
import { Views } from './Views';
import { TaskGrid, type TaskGridHandle } from './TaskGrid';

/** How often newcomers take their place while nobody is reading. */
const ADMIT_EVERY_MS = 1_000;
/** More newcomers than this would replace the whole view: they take their place less often. */
const CROWD = 50;
const ADMIT_CROWD_EVERY_MS = 3_000;

/** A live list of tasks; what narrows it and which task is open stand in the URL. */
export function TasksPage() {
  const services = useServices();
  const [filter, setFilter] = useFilter();
  const [sort, setSort] = useSort();
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const mayCommand = useMayCommand();
  const isNarrow = useMediaQuery('(max-width:700px)');
  const grid = useRef<TaskGridHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const [selectionCount, setSelectionCount] = useState(0);
  const { list, waiting, problem, version, admit, setReading } = useTaskList(filter, sort, () => {
    grid.current?.refresh();
  });

  const openUuid = params.get('task') ?? undefined;
  const open = useCallback(
    (uuid: string | undefined) => {
      setParams((before) => {
        const after = new URLSearchParams(before);
        if (uuid === undefined) after.delete('task');
        else after.set('task', uuid);
        return after;
      });
    },
    [setParams],
  );

  const close = useCallback(() => {
    open(undefined);
  }, [open]);
  const openWhole = useCallback((uuid: string) => navigate(`/tasks/${uuid}`), [navigate]);

  useShortcuts({
    '/': () => search.current?.focus(),
    j: () => grid.current?.move(1),
    k: () => grid.current?.move(-1),
    Enter: () => {
      const shown = grid.current?.focused();
      if (shown) open(shown.task.uuid);
    },
    r: () => {
      const shown = grid.current?.focused();
      if (shown && mayCommand && !hasEnded(shown.task)) {
        services.commands.run(revokeTasks([shown.task], { terminate: false }));
      }
    },
  });

  const isFiltered = Object.keys(filter).length > 0;
  const isEmpty = list.isLoaded && list.rowCount === 0 && waiting === 0;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1, height: '100%', minHeight: 0 }}>
      {/* One line where it fits: a second one would come and go with "new" and shove the rows. */}
      <Box
        sx={{
          display: 'flex',
          flexWrap: { xs: 'wrap', lg: 'nowrap' },
          gap: 1,
          alignItems: 'center',
          minHeight: 36,
        }}
      >
        <Typography component="h1" variant="h1" sx={{ mr: 1 }}>
          Tasks
        </Typography>
        <SearchField
          key={`q-${filter.q === undefined ? 'none' : 'some'}`}
          field={search}
          first={filter.q ?? ''}
          onChange={setFilter}
        />
        <FilterFields filter={filter} onChange={setFilter} />
        <Views />
        {isFiltered && (
          <Button
            color="inherit"
            onClick={() => {
              setFilter({ state: '', name: '', worker: '', queue: '', q: '' });
            }}
          >
            Clear
          </Button>
        )}
        <Box
          sx={{ ml: 'auto', display: 'flex', alignItems: 'center', gap: 1, whiteSpace: 'nowrap' }}
        >
          <Typography component="span" className="quiet" data-testid="row-count">
            {countWords(list)}
          </Typography>
          {waiting > 0 && (
            <Button variant="outlined" onClick={admit} data-testid="newcomers">
              {formatCount(waiting)}
              {list.hasMoreWaiting && '+'} new
            </Button>
          )}
        </Box>
      </Box>
      <StateCounts
        selected={filter.state}
        onSelect={(state) => {
          setFilter({ state: state ?? '' });
        }}
      />
      <GapBands />
      {problem && <Alert severity="warning">{problem}</Alert>}
      <BulkBar
        count={selectionCount}
        list={list}
        selected={() => grid.current?.selected() ?? []}
        onDone={() => grid.current?.clearSelection()}
      />
      {isEmpty ? (
        <EmptyTasks isFiltered={isFiltered} />
      ) : isNarrow ? (
        <Box
          sx={{ flex: 1, overflow: 'auto', minHeight: 0 }}
          onScroll={(event) => {
            setReading(event.currentTarget.scrollTop > 16);
          }}
        >
          <TaskCards list={list} version={version} onOpen={open} />
        </Box>
      ) : (
        <TaskGrid
          ref={grid}
          key={list.id}
          list={list}
          onSort={setSort}
          onOpen={open}
          onSelectionCount={setSelectionCount}
          onReading={setReading}
        />
      )}
      <TaskDrawer uuid={openUuid} onClose={close} onWhole={openWhole} />
    </Box>
  );
}

interface SearchProps {
  readonly field: RefObject<HTMLInputElement | null>;
  /** What it begins with. */
  readonly first: string;
  readonly onChange: (change: Partial<TaskFilter>) => void;
}

/** Kept as it is while the rows beside it change several times a second. */
const SearchField = memo(function SearchField({ field, first, onChange }: SearchProps) {
  return (
    <TextField
      inputRef={field}
      defaultValue={first}
      placeholder="Search uuid, name, args…  ( / )"
      slotProps={{ htmlInput: { 'aria-label': 'search tasks', 'data-testid': 'search' } }}
      sx={{ width: { xs: '100%', sm: 280 }, flexShrink: 1 }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') field.current?.blur();
      }}
      onChange={(event) => {
        onChange({ q: event.target.value });
      }}
    />
  );
});

/** How many there are; a sorted list says what it is of. */
function countWords(list: TaskList): string {
  const tasks = (count: number): string =>
    `${formatCount(count)} ${count === 1 ? 'task' : 'tasks'}`;
  if (!list.sort || list.total <= list.rowCount) return tasks(list.rowCount);
  return `newest ${formatCount(list.rowCount)} of ${tasks(list.total)}, by ${list.sort.by}`;
}

/** One list per filter and sort, its newcomers, and when it has to be read anew. */
function useTaskList(filter: TaskFilter, sort: TaskSort | undefined, onAdmitted: () => void) {
  const services = useServices();
  const [list, setList] = useState(() => makeList(services, filter, sort));
  const [waiting, setWaiting] = useState(0);
  const [version, setVersion] = useState(0);
  const [problem, setProblem] = useState<string>();
  const isReading = useRef(false);
  const admitted = useRef(onAdmitted);
  const reload = useRef<() => void>(() => undefined);
  useEffect(() => {
    admitted.current = onAdmitted;
  });

  useEffect(() => {
    let isOver = false;
    const next = makeList(services, filter, sort);
    let isCounted = true;
    const load = (): void => {
      next.reload().then(
        () => {
          if (isOver) return;
          setProblem(undefined);
          setList(next);
          setWaiting(next.waitingCount);
          isCounted = next.waitingCount === 0;
          setVersion((before) => before + 1);
          admitted.current();
        },
        (error: unknown) => {
          if (isOver) return;
          setProblem(
            `The list could not be read: ${error instanceof Error ? error.message : String(error)}. Trying again.`,
          );
          retry = setTimeout(load, 3_000);
        },
      );
    };
    reload.current = load;
    let retry: ReturnType<typeof setTimeout> | undefined;
    // Typing changes the filter with every key; only the last one is asked for.
    const first = setTimeout(load, filter.q === undefined ? 0 : 200);
    let admittedAt = 0;
    const stopTransitions = services.onTransition(({ task }) => {
      if (next.onTask(task)) isCounted = false;
    });
    const stopReload = services.onReload(load);
    const admitTimer = setInterval(() => {
      if (isCounted) return;
      isCounted = true;
      const isCrowd = next.waitingCount > CROWD && Date.now() - admittedAt < ADMIT_CROWD_EVERY_MS;
      if (isReading.current || isCrowd) {
        // Asked again at the next turn, also when nobody new has come until then.
        isCounted = !isCrowd;
        setWaiting(next.waitingCount);
        return;
      }
      admittedAt = Date.now();
      if (next.isOutgrown) {
        load();
      } else if (next.admit()) {
        setWaiting(0);
        setVersion((before) => before + 1);
        admitted.current();
      }
    }, ADMIT_EVERY_MS);
    return () => {
      isOver = true;
      clearTimeout(first);
      clearTimeout(retry);
      clearInterval(admitTimer);
      stopTransitions();
      stopReload();
    };
  }, [filter, services, sort]);

  const admit = useCallback(() => {
    if (list.isOutgrown) {
      reload.current();
      return;
    }
    list.admit();
    setWaiting(0);
    setVersion((before) => before + 1);
    admitted.current();
  }, [list]);

  const setReading = useCallback((next: boolean) => {
    isReading.current = next;
  }, []);

  return { list, waiting, problem, version, admit, setReading };
}

function makeList(
  services: ReturnType<typeof useServices>,
  filter: TaskFilter,
  sort: TaskSort | undefined,
): TaskList {
  const keep = (page: readonly Task[]): void => {
    for (const task of page) services.tasks.put(task);
  };
  return new TaskList(services.api, services.tasks, filter, keep, sort);
}
