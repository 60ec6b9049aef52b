import {
  CellApiModule,
  ColumnApiModule,
  EventApiModule,
  InfiniteRowModelModule,
  ModuleRegistry,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
  CellStyleModule,
  themeQuartz,
  type ColDef,
  type GridApi,
  type ICellRendererParams,
  type IRowNode,
  type ProcessRowParams,
} from 'ag-grid-community';
import { AgGridReact } from 'ag-grid-react';
import Box from '@mui/material/Box';
import {
  memo,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Ref } from 'react';
import type { Task } from '@apfa/realtime-client';
import { selectDoubtOf } from '@apfa/realtime-client/redux';
import { useAppSelector, useServices } from '../app/services';
import { isOpen, show, type ShownTask } from '../app/useShownTask';
import { PaintTurns } from '../app/paintTurns';
import type { TaskList } from '../data/taskList';
import type { SortKey, TaskSort } from '../data/taskSort';
import { formatDuration, splitName } from '../parts/format';
import { RevokeButton } from '../parts/RevokeButton';
import { hasEnded } from '../parts/states';
import { StateChip } from '../parts/StateChip';
import { Uuid } from '../parts/Uuid';
import { When } from '../parts/When';

ModuleRegistry.registerModules([
  CellApiModule,
  CellStyleModule,
  ColumnApiModule,
  EventApiModule,
  InfiniteRowModelModule,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
]);

const gridTheme = themeQuartz.withParams({
  fontFamily: 'inherit',
  fontSize: 13,
  headerFontSize: 12,
  headerFontWeight: 600,
  rowHeight: 32,
  headerHeight: 32,
  spacing: 6,
  cellHorizontalPadding: 10,
  borderRadius: 8,
  wrapperBorderRadius: 8,
  columnBorder: false,
  checkboxBorderRadius: 3,
  backgroundColor: 'var(--mui-palette-background-paper)',
  foregroundColor: 'var(--mui-palette-text-primary)',
  headerTextColor: 'var(--mui-palette-text-secondary)',
  headerBackgroundColor: 'var(--mui-palette-background-paper)',
  borderColor: 'var(--mui-palette-divider)',
  accentColor: 'var(--mui-palette-primary-main)',
  rowHoverColor: 'color-mix(in srgb, var(--mui-palette-text-primary) 5%, transparent)',
  selectedRowBackgroundColor:
    'color-mix(in srgb, var(--mui-palette-primary-main) 10%, transparent)',
  browserColorScheme: 'inherit',
});

/** Rows drawn at once: a view of rows that all change is drawn in a few turns, between two paints each. */
const BLOCK_ROWS = 10;
const CACHED_ROWS = 2_000;

/** What the page can tell its grid. */
export interface TaskGridHandle {
  /** The list has new rows on top. */
  refresh(): void;
  move(by: number): void;
  focused(): ShownTask | undefined;
  selected(): readonly Task[];
  clearSelection(): void;
}

interface Props {
  readonly list: TaskList;
  readonly onSort: (sort: TaskSort | undefined) => void;
  readonly onOpen: (uuid: string) => void;
  readonly onSelectionCount: (count: number) => void;
  /** Whether someone reads: the pointer is on the rows, or they are scrolled. */
  readonly onReading: (isReading: boolean) => void;
  readonly ref?: Ref<TaskGridHandle>;
}

type Cell = ICellRendererParams<ShownTask>;

const nameCell = ({ data }: Cell) => {
  if (!data) return null;
  const { name } = data.task;
  if (name === undefined) return <span className="quiet">not known yet</span>;
  const { module, word } = splitName(name);
  return (
    <>
      <span className="quiet">{module}</span>
      {word}
    </>
  );
};

const stateCell = ({ data }: Cell) =>
  data ? (
    <span className="state-cell">
      <StateChip state={data.task.state} isInDoubt={isOpen(data.doubt)} />
      {data.doubt && isOpen(data.doubt) && (
        <span className="quiet">{data.doubt.phase === 'instant' ? 'sending' : 'asked'}</span>
      )}
      {data.task.suspect && (
        <span title={`the state may be old: ${data.task.suspect.reason}`} aria-label="suspect">
          ?
        </span>
      )}
    </span>
  ) : null;

// Text is the grid's own to draw: a component for each cell is what a row costs.
const textColumn = (
  headerName: string,
  minWidth: number,
  pick: (task: Task) => string | undefined,
): ColDef<ShownTask> => ({
  headerName,
  flex: 2,
  minWidth,
  cellClass: 'mono',
  valueGetter: ({ data }) => data && pick(data.task),
});

/** A column that can be sorted by; `first` is what a first click asks for. */
function sortedBy(key: SortKey, first: 'asc' | 'desc' = 'asc'): ColDef<ShownTask> {
  const second = first === 'asc' ? 'desc' : 'asc';
  return { colId: key, sortable: true, sortingOrder: [first, second, null] };
}

/** Their least widths fit a page of 1,280 px: a row's button must not be beyond its edge. */
const columns: ColDef<ShownTask>[] = [
  {
    headerName: 'State',
    ...sortedBy('state'),
    width: 132,
    valueGetter: ({ data }) =>
      data
        ? `${data.task.state} ${data.doubt?.phase ?? ''} ${data.task.suspect?.reason ?? ''}`
        : '',
    cellRenderer: stateCell,
  },
  {
    headerName: 'Name',
    ...sortedBy('name'),
    flex: 3,
    minWidth: 160,
    valueGetter: ({ data }) => data?.task.name,
    cellRenderer: nameCell,
  },
  {
    headerName: 'Uuid',
    width: 128,
    valueGetter: ({ data }) => data?.task.uuid,
    cellRenderer: ({ data }: Cell) => data && <Uuid value={data.task.uuid} />,
  },
  textColumn('Args', 100, (task) => task.args),
  textColumn('Kwargs', 84, (task) => task.kwargs),
  textColumn('Result', 100, (task) => task.exception ?? task.result),
  {
    headerName: 'Worker',
    ...sortedBy('worker'),
    width: 120,
    valueGetter: ({ data }) => data?.task.worker ?? '',
  },
  {
    headerName: 'Received',
    ...sortedBy('received', 'desc'),
    width: 84,
    valueGetter: ({ data }) => data && (data.task.received ?? data.task.sent),
    cellRenderer: ({ data }: Cell) => data && <When at={data.task.received ?? data.task.sent} />,
  },
  {
    headerName: 'Runtime',
    ...sortedBy('runtime', 'desc'),
    width: 80,
    type: 'rightAligned',
    valueGetter: ({ data }) =>
      data?.task.runtime === undefined ? '' : formatDuration(data.task.runtime),
  },
  {
    headerName: '',
    width: 84,
    valueGetter: ({ data }) => data && `${hasEnded(data.task)} ${isOpen(data.doubt)}`,
    sortable: false,
    resizable: false,
    cellRenderer: ({ data }: Cell) =>
      data && (
        <span className="row-actions">
          <RevokeButton shown={data} />
        </span>
      ),
  },
];

const defaultColumn: ColDef<ShownTask> = {
  sortable: false,
  resizable: true,
  suppressMovable: true,
};

/** A cell that is too narrow for its text says all of it on hover. */
function sayWhole(event: MouseEvent): void {
  const cell = event.target instanceof Element ? event.target.closest('.ag-cell') : null;
  if (!(cell instanceof HTMLElement)) return;
  cell.title = cell.scrollWidth > cell.clientWidth ? cell.textContent : '';
}

/** Keeps the attributes of a row's element in step with its data. */
function labelRow({ eRow, node }: ProcessRowParams<ShownTask>): void {
  const label = (): void => {
    const { data } = node;
    if (!data) {
      eRow.removeAttribute('data-testid');
      return;
    }
    eRow.setAttribute('data-testid', 'task-row');
    eRow.setAttribute('data-uuid', data.task.uuid);
    eRow.setAttribute('data-state', data.task.state);
    if (isOpen(data.doubt)) eRow.setAttribute('aria-busy', 'true');
    else eRow.removeAttribute('aria-busy');
    eRow.setAttribute('data-phase', data.doubt?.phase ?? '');
  };
  label();
  node.addEventListener('dataChanged', label);
}

const rowClassRules = {
  'row-doubt': ({ data }: { data?: ShownTask | undefined }) => isOpen(data?.doubt),
};

/** The rows of a list, virtual; live updates change them in place. */
export const TaskGrid = memo(function TaskGrid(props: Props) {
  const { list, onSort, onOpen, onSelectionCount, onReading, ref } = props;
  const { tasks, store } = useServices();
  const [turns] = useState(() => new PaintTurns());
  const [api, setApi] = useState<GridApi<ShownTask>>();
  const grid = useRef<GridApi<ShownTask>>(undefined);
  const reading = useRef({ isOver: false, isScrolled: false });
  const doubts = useAppSelector((state) => state.doubts);

  const shownOf = useCallback(
    (task: Task) => show(task, selectDoubtOf(store.getState(), task.uuid)),
    [store],
  );

  // The list is the one that sorts: the grid only shows by what, and is told what was clicked.
  const shownColumns = useMemo(
    () =>
      columns.map((column) =>
        column.colId === undefined || column.colId !== list.sort?.by
          ? column
          : {
              ...column,
              initialSort: list.sort.isDescending ? ('desc' as const) : ('asc' as const),
            },
      ),
    [list],
  );

  const datasource = useMemo(
    () => ({
      getRows: (params: {
        startRow: number;
        endRow: number;
        successCallback: (rows: ShownTask[], last?: number) => void;
        failCallback: () => void;
      }) => {
        list.rows(params.startRow, params.endRow).then(
          (rows) => {
            const fill = (): void => {
              // Rows may have changed while the block waited for its turn.
              const latest = rows.map((task) => shownOf(tasks.get(task.uuid) ?? task));
              params.successCallback(latest, list.rowCount);
            };
            const shown = grid.current?.isDestroyed() === false ? grid.current : undefined;
            const first = shown?.getFirstDisplayedRowIndex() ?? 0;
            const last = shown?.getLastDisplayedRowIndex() ?? Infinity;
            const isSeen = params.startRow <= last && params.endRow > first;
            if (isSeen) turns.take(fill);
            else setTimeout(fill);
          },
          () => {
            params.failCallback();
          },
        );
      },
    }),
    [list, shownOf, tasks, turns],
  );

  const refreshNodes = useCallback(
    (nodeOf: (visit: (node: IRowNode<ShownTask>) => void) => void) => {
      nodeOf((node) => {
        if (!node.data) return;
        const task = tasks.get(node.data.task.uuid);
        // Only cells whose value changed are drawn again.
        if (task) node.updateData(shownOf(task));
      });
    },
    [shownOf, tasks],
  );

  useEffect(
    () =>
      tasks.onChange((changed) => {
        if (!api || api.isDestroyed()) return;
        // A look-up of a row goes through all rows: asking each row once is cheaper.
        refreshNodes((visit) => {
          api.forEachNode((node) => {
            if (node.data && changed.has(node.data.task.uuid)) visit(node);
          });
        });
      }),
    [api, refreshNodes, tasks],
  );

  const touched = useRef<readonly string[]>([]);
  useEffect(() => {
    if (!api || api.isDestroyed()) return;
    const now = Object.values(doubts.doubts).map((doubt) => doubt.target);
    const uuids = new Set([...touched.current, ...now]);
    touched.current = now;
    refreshNodes((visit) => {
      for (const uuid of uuids) {
        const node = api.getRowNode(uuid);
        if (node) visit(node);
      }
    });
  }, [api, doubts, refreshNodes]);

  const tellReading = useCallback(() => {
    onReading(reading.current.isOver || reading.current.isScrolled);
  }, [onReading]);

  useImperativeHandle(
    ref,
    () => ({
      refresh() {
        api?.refreshInfiniteCache();
      },
      move(by) {
        if (!api) return;
        const at = api.getFocusedCell()?.rowIndex ?? -1;
        const to = Math.max(0, Math.min(api.getDisplayedRowCount() - 1, at + by));
        api.ensureIndexVisible(to);
        api.setFocusedCell(to, api.getAllDisplayedColumns()[1] ?? 'name');
      },
      focused() {
        const index = api?.getFocusedCell()?.rowIndex;
        return index === undefined ? undefined : api?.getDisplayedRowAtIndex(index)?.data;
      },
      selected() {
        return (api?.getSelectedNodes() ?? []).flatMap((node) =>
          node.data ? [node.data.task] : [],
        );
      },
      clearSelection() {
        api?.deselectAll();
      },
    }),
    [api],
  );

  return (
    <Box
      sx={{ flex: 1, minHeight: 240 }}
      onMouseOver={(event) => {
        sayWhole(event.nativeEvent);
      }}
      onMouseEnter={() => {
        reading.current.isOver = true;
        tellReading();
      }}
      onMouseLeave={() => {
        reading.current.isOver = false;
        tellReading();
      }}
    >
      <AgGridReact<ShownTask>
        theme={gridTheme}
        loadThemeGoogleFonts={false}
        rowModelType="infinite"
        datasource={datasource}
        cacheBlockSize={BLOCK_ROWS}
        maxBlocksInCache={Math.ceil(CACHED_ROWS / BLOCK_ROWS)}
        rowBuffer={4}
        infiniteInitialRowCount={30}
        columnDefs={shownColumns}
        defaultColDef={defaultColumn}
        getRowId={({ data }) => data.task.uuid}
        processRowPostCreate={labelRow}
        rowClassRules={rowClassRules}
        rowSelection={{ mode: 'multiRow', headerCheckbox: false, enableClickSelection: false }}
        selectionColumnDef={{ width: 40, resizable: false }}
        suppressCellFocus={false}
        animateRows={false}
        onGridReady={(event) => {
          grid.current = event.api;
          setApi(event.api);
        }}
        onSortChanged={({ api: changed }) => {
          const sorted = changed.getColumnState().find(({ sort }) => sort);
          onSort(sorted && { by: sorted.colId as SortKey, isDescending: sorted.sort === 'desc' });
        }}
        onRowClicked={(event) => {
          // The row's own buttons do their own work.
          const target = event.event?.target;
          if (
            target instanceof Element &&
            target.closest('button, a, input, .ag-selection-checkbox')
          ) {
            return;
          }
          if (event.data) onOpen(event.data.task.uuid);
        }}
        onSelectionChanged={(event) => {
          onSelectionCount(event.api.getSelectedNodes().length);
        }}
        onBodyScroll={(event) => {
          reading.current.isScrolled = event.top > 16;
          tellReading();
        }}
      />
    </Box>
  );
});
