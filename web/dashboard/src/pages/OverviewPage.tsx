import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useAppSelector, useServices } from '../app/services';
import { percentile, type NameRates } from '../data/rates';
import { Chart, type Band } from '../parts/Chart';
import { Figure } from '../parts/Figure';
import { formatCount, formatDuration } from '../parts/format';
import { Card, Page } from '../parts/Page';
import { StateCounts } from '../parts/StateCounts';
import { useNow } from '../parts/When';
import { Changes } from './Changes';

const RANGES = [
  [60, '1 min'],
  [300, '5 min'],
  [900, '15 min'],
] as const;

/** Whether today is normal, in one look. */
export function OverviewPage() {
  const { rates } = useServices();
  const now = useNow();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const range = Number(params.get('range') ?? 300);
  const link = useAppSelector((state) => state.link);
  const workers = useAppSelector((state) => state.live.workers);
  const queues = useAppSelector((state) => state.live.queues);
  const counts = useAppSelector((state) => state.live.counts);
  const gaps = useAppSelector((state) => state.live.gaps);

  const to = Math.floor(now) - 1;
  const from = Math.max(to - range + 1, Math.floor(rates.since));
  const series = rates.series(from, to);
  const seconds = Math.max(1, series.length);
  const succeeded = series.reduce((sum, each) => sum + each.succeeded, 0);
  const failed = series.reduce((sum, each) => sum + each.failed, 0);
  const ended = succeeded + failed;
  const waiting = Object.values(queues).reduce((sum, queue) => sum + queue.depth, 0);
  const online = Object.values(workers).filter((worker) => worker.status === 'online').length;
  const p50 = rates.runtimePercentile(0.5);
  const p95 = rates.runtimePercentile(0.95);
  const smooth = (pick: (each: (typeof series)[number]) => number): number[] =>
    series.map((_, index) => {
      const window = series.slice(Math.max(0, index - 4), index + 1);
      return window.reduce((sum, each) => sum + pick(each), 0) / window.length;
    });
  const bands: Band[] = gaps.map((gap) => ({
    from: gap.since > 0 ? gap.since : gap.seenAt - 1,
    to: gap.until,
    reason: gap.reason,
  }));
  return (
    <Page
      title="Overview"
      aside={
        <ToggleButtonGroup
          exclusive
          size="small"
          aria-label="time range"
          value={range}
          onChange={(_event, next: number | null) => {
            if (next !== null) setParams({ range: String(next) }, { replace: true });
          }}
          sx={{ ml: 'auto', '& button': { py: 0.25, textTransform: 'none' } }}
        >
          {RANGES.map(([value, word]) => (
            <ToggleButton key={value} value={value}>
              {word}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      }
    >
      <Box
        sx={{
          display: 'grid',
          gap: 1.5,
          gridTemplateColumns: { xs: '1fr 1fr', md: 'repeat(4, 1fr)' },
        }}
      >
        <Card>
          <Figure
            isLarge
            label="Finished per second"
            value={ended === 0 ? '0' : (ended / seconds).toFixed(1)}
          />
        </Card>
        <Card>
          <Figure
            isLarge
            label="Failed"
            value={
              <Box component="span" sx={{ color: failed > 0 ? 'error.main' : undefined }}>
                {ended === 0 ? '0 %' : `${((100 * failed) / ended).toFixed(1)} %`}
              </Box>
            }
          />
        </Card>
        <Card>
          <Figure
            isLarge
            label="Runtime, median · 95 %"
            value={
              p50 === undefined
                ? '–'
                : `${formatDuration(p50, 1)} · ${formatDuration(p95 ?? p50, 1)}`
            }
          />
        </Card>
        <Card>
          <Figure
            isLarge
            label="Waiting in queues · workers online"
            value={`${formatCount(waiting)} · ${online}`}
          />
        </Card>
      </Box>
      <StateCounts
        selected={undefined}
        onSelect={(state) => navigate(`/tasks?state=${state ?? ''}`)}
      />
      <Card>
        <Box sx={{ display: 'grid', gap: 2.5 }}>
          <Chart
            title="Throughput"
            unit="/s"
            from={from}
            to={to}
            gaps={bands}
            lines={[
              { name: 'started', color: 'info.main', values: smooth((each) => each.started) },
              {
                name: 'succeeded',
                color: 'success.main',
                values: smooth((each) => each.succeeded),
                isFilled: true,
              },
            ]}
          />
          <Chart
            title="Failures"
            unit="/s"
            height={72}
            from={from}
            to={to}
            gaps={bands}
            lines={[
              {
                name: 'failed',
                color: 'error.main',
                values: smooth((each) => each.failed),
                isFilled: true,
              },
            ]}
          />
        </Box>
        <Typography variant="caption" component="p" className="quiet" sx={{ mt: 1.5 }}>
          Known to this page for the last {formatDuration(Math.max(0, now - rates.since), 1)} ·{' '}
          latency server → page {link.lagMs === undefined ? '–' : `${Math.round(link.lagMs)} ms`}
          {link.roundTripMs !== undefined && ` · round trip ${Math.round(link.roundTripMs)} ms`}
          {gaps.length > 0 && ` · ${gaps.length} gaps known`}
          {` · ${formatCount(Object.values(counts).reduce((sum, count) => sum + count, 0))} tasks in the table`}
        </Typography>
      </Card>
      <Box sx={{ display: 'grid', gap: 1.5, gridTemplateColumns: { xs: '1fr', lg: '3fr 2fr' } }}>
        <Worst names={rates.byName()} />
        <Changes />
      </Box>
    </Page>
  );
}

function Worst({ names }: { readonly names: readonly NameRates[] }) {
  const worst = [...names]
    .map((name) => ({
      ...name,
      total: name.succeeded + name.failed,
      rate: name.failed / Math.max(1, name.succeeded + name.failed),
    }))
    .sort((a, b) => b.rate - a.rate || b.total - a.total)
    .slice(0, 10);
  return (
    <Card isTight>
      <Typography component="h2" variant="h2" sx={{ p: 1.5, pb: 0.5 }}>
        Tasks that fail most
      </Typography>
      <Box sx={{ overflowX: 'auto' }}>
        <Table size="small" sx={{ '& a': { color: 'inherit' } }}>
          <TableHead>
            <TableRow>
              <TableCell>Name</TableCell>
              <TableCell align="right">Ended</TableCell>
              <TableCell align="right">Failed</TableCell>
              <TableCell align="right">Median</TableCell>
              <TableCell align="right">95 %</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {worst.map((name) => {
              const p50 = percentile(name.runtimes, 0.5);
              const p95 = percentile(name.runtimes, 0.95);
              return (
                <TableRow key={name.name} hover>
                  <TableCell>
                    <Link to={`/tasks?name=${encodeURIComponent(name.name)}`}>{name.name}</Link>
                  </TableCell>
                  <TableCell align="right">{formatCount(name.total)}</TableCell>
                  <TableCell
                    align="right"
                    sx={{ color: name.failed > 0 ? 'error.main' : undefined }}
                  >
                    {(100 * name.rate).toFixed(1)} %
                  </TableCell>
                  <TableCell align="right">
                    {p50 === undefined ? '–' : formatDuration(p50)}
                  </TableCell>
                  <TableCell align="right">
                    {p95 === undefined ? '–' : formatDuration(p95)}
                  </TableCell>
                </TableRow>
              );
            })}
            {worst.length === 0 && (
              <TableRow>
                <TableCell colSpan={5} className="quiet">
                  Nothing has ended since this page was opened.
                </TableCell>
              </TableRow>
            )}
          </TableBody>
        </Table>
      </Box>
    </Card>
  );
}
