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
  createGrid,
  type GridApi,
  type GridOptions,
  type IGetRowsParams,
  type IRowNode,
  type ProcessRowParams,
} from 'ag-grid-community';
import Box from '@mui/material/Box';
import { memo, useCallback, useEffect, useImperativeHandle, useRef } from 'react';
import type { Ref } from 'react';
import type { Task } from '@apfa/realtime-client';
import { selectDoubtOf } from '@apfa/realtime-client/redux';
import { useAppSelector, useMayCommand, useServices, type Services } from '../app/services';
import { isOpen, show, type ShownTask } from '../app/useShownTask';
import { PaintTurns } from '../app/paintTurns';
import type { TaskList } from '../data/taskList';
import type { SortKey, TaskSort } from '../data/taskSort';
import { formatDuration } from '../parts/format';
import { hasEnded, outcomeOf } from '../parts/states';
import { NameCell, RevokeCell, StateCell, UuidCell, WhenCell } from './taskCells';

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
const BLOCK_ROWS = 6;
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
    cellRenderer: StateCell,
  },
  {
    headerName: 'Name',
    ...sortedBy('name'),
    flex: 3,
    minWidth: 160,
    valueGetter: ({ data }) => data?.task.name,
    cellRenderer: NameCell,
  },
  {
    headerName: 'Uuid',
    width: 128,
    valueGetter: ({ data }) => data?.task.uuid,
    cellRenderer: UuidCell,
  },
  textColumn('Args', 100, (task) => task.args),
  textColumn('Kwargs', 76, (task) => task.kwargs),
  textColumn('Result', 100, outcomeOf),
  {
    headerName: 'Worker',
    ...sortedBy('worker'),
    width: 116,
    valueGetter: ({ data }) => data?.task.worker ?? '',
  },
  {
    headerName: 'Received',
    ...sortedBy('received', 'desc'),
    width: 98,
    valueGetter: ({ data }) => data && (data.task.received ?? data.task.sent),
    cellRenderer: WhenCell,
  },
  {
    headerName: 'Runtime',
    ...sortedBy('runtime', 'desc'),
    width: 96,
    type: 'rightAligned',
    valueGetter: ({ data }) =>
      data?.task.runtime === undefined ? '' : formatDuration(data.task.runtime),
  },
  {
    colId: 'act',
    headerName: 'Act',
    width: 92,
    cellClass: 'whole',
    valueGetter: ({ data }) => data && `${hasEnded(data.task)} ${isOpen(data.doubt)}`,
    sortable: false,
    resizable: false,
    cellRenderer: RevokeCell,
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

const LOOKS: GridOptions<ShownTask> = {
  theme: gridTheme,
  loadThemeGoogleFonts: false,
  rowModelType: 'infinite',
  cacheBlockSize: BLOCK_ROWS,
  maxBlocksInCache: Math.ceil(CACHED_ROWS / BLOCK_ROWS),
  rowBuffer: 4,
  infiniteInitialRowCount: 30,
  defaultColDef: defaultColumn,
  getRowId: ({ data }) => data.task.uuid,
  processRowPostCreate: labelRow,
  rowClassRules,
  rowSelection: { mode: 'multiRow', headerCheckbox: false, enableClickSelection: false },
  selectionColumnDef: { width: 40, resizable: false },
  suppressCellFocus: false,
  animateRows: false,
};

/** The rows of a list, virtual; live updates change them in place. */
export const TaskGrid = memo(function TaskGrid(props: Props) {
  const { list, ref } = props;
  const services = useServices();
  const { tasks } = services;
  const host = useRef<HTMLDivElement>(null);
  const grid = useRef<GridApi<ShownTask>>(undefined);
  const reading = useRef({ isOver: false, isScrolled: false });
  const doubts = useAppSelector((state) => state.doubts);
  const isCommander = useMayCommand();
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  const tellReading = useCallback(() => {
    latest.current.onReading(reading.current.isOver || reading.current.isScrolled);
  }, []);

  useEffect(() => {
    if (!host.current) return undefined;
    const api = createGrid<ShownTask>(host.current, {
      ...LOOKS,
      context: services,
      // The list is the one that sorts: the grid only shows by what, and tells what was clicked.
      columnDefs: columns.map((column) => sortedAs(column, list.sort)),
      datasource: { getRows: readRows(list, services, () => grid.current) },
      onSortChanged: ({ api: changed }) => {
        const sorted = changed.getColumnState().find(({ sort }) => sort);
        latest.current.onSort(
          sorted && { by: sorted.colId as SortKey, isDescending: sorted.sort === 'desc' },
        );
      },
      onRowClicked: ({ data, event }) => {
        // The row's own buttons do their own work.
        const target = event?.target;
        const isOwn =
          target instanceof Element && target.closest('button, a, input, .ag-selection-checkbox');
        if (data && !isOwn) latest.current.onOpen(data.task.uuid);
      },
      onSelectionChanged: ({ api: changed }) => {
        latest.current.onSelectionCount(changed.getSelectedNodes().length);
      },
      onBodyScroll: ({ top }) => {
        reading.current.isScrolled = top > 16;
        tellReading();
      },
    });
    grid.current = api;
    const stop = services.tasks.onChange((changed) => {
      // A look-up of a row goes through all rows: asking each row once is cheaper.
      api.forEachNode((node) => {
        if (node.data && changed.has(node.data.task.uuid)) refresh(node, services);
      });
    });
    return () => {
      stop();
      grid.current = undefined;
      api.destroy();
    };
  }, [list, services, tellReading]);

  useEffect(() => {
    grid.current?.refreshCells({ columns: ['act'], force: true });
  }, [isCommander]);

  const touched = useRef<readonly string[]>([]);
  useEffect(() => {
    const now = Object.values(doubts.doubts).map((doubt) => doubt.target);
    const uuids = new Set([...touched.current, ...now]);
    touched.current = now;
    for (const uuid of uuids) {
      const node = grid.current?.getRowNode(uuid);
      if (node) refresh(node, services);
    }
  }, [doubts, services]);

  useImperativeHandle(
    ref,
    () => ({
      refresh() {
        grid.current?.refreshInfiniteCache();
      },
      move(by) {
        const api = grid.current;
        if (!api) return;
        const at = api.getFocusedCell()?.rowIndex ?? -1;
        const to = Math.max(0, Math.min(api.getDisplayedRowCount() - 1, at + by));
        api.ensureIndexVisible(to);
        api.setFocusedCell(to, api.getAllDisplayedColumns()[1] ?? 'name');
      },
      focused() {
        const index = grid.current?.getFocusedCell()?.rowIndex;
        return index === undefined ? undefined : grid.current?.getDisplayedRowAtIndex(index)?.data;
      },
      selected() {
        return (grid.current?.getSelectedNodes() ?? []).flatMap((node) =>
          node.data ? [tasks.get(node.data.task.uuid) ?? node.data.task] : [],
        );
      },
      clearSelection() {
        grid.current?.deselectAll();
      },
    }),
    [tasks],
  );

  return (
    <Box
      ref={host}
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
    />
  );
});

/** Draws those cells of a row again whose value has changed. */
function refresh(node: IRowNode<ShownTask>, { tasks, store }: Services): void {
  const task = node.data && tasks.get(node.data.task.uuid);
  if (task) node.updateData(show(task, selectDoubtOf(store.getState(), task.uuid)));
}

function sortedAs(column: ColDef<ShownTask>, sort: TaskSort | undefined): ColDef<ShownTask> {
  if (!sort || column.colId !== sort.by) return column;
  return { ...column, initialSort: sort.isDescending ? 'desc' : 'asc' };
}

/** How the grid asks the list for a block of rows. */
function readRows(
  list: TaskList,
  { tasks, store }: Services,
  gridNow: () => GridApi<ShownTask> | undefined,
): (params: IGetRowsParams) => void {
  const turns = new PaintTurns();
  let isCountDue = false;
  // A grid that grows has its layout read at once: in a turn of its own, on rows that are painted
  // already, that costs a fraction of what it costs right after a block of rows was drawn.
  const tellCount = (): void => {
    if (isCountDue) return;
    isCountDue = true;
    turns.take(() => {
      isCountDue = false;
      const grid = gridNow();
      if (grid && grid.getDisplayedRowCount() !== list.rowCount) {
        grid.setRowCount(list.rowCount, true);
      }
    });
  };
  return (params) => {
    list.rows(params.startRow, params.endRow).then(
      (rows) => {
        const fill = (): void => {
          const grid = gridNow();
          if (!grid) return;
          // Rows may have changed while the block waited for its turn.
          const state = store.getState();
          const shown = rows.map((row) => {
            const task = tasks.get(row.uuid) ?? row;
            return show(task, selectDoubtOf(state, task.uuid));
          });
          const isCountNeeded = !grid.isLastRowIndexKnown() || list.rowCount <= params.endRow;
          if (isCountNeeded) {
            params.successCallback(shown, list.rowCount);
          } else {
            params.successCallback(shown);
            tellCount();
          }
        };
        const grid = gridNow();
        const first = grid?.getFirstDisplayedRowIndex() ?? 0;
        const last = grid?.getLastDisplayedRowIndex() ?? Infinity;
        const isSeen = params.startRow <= last && params.endRow > first;
        if (isSeen) turns.take(fill);
        else setTimeout(fill);
      },
      () => {
        params.failCallback();
      },
    );
  };
}
