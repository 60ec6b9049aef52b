import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { overlaid, type CommandSpec, type WorkerInfo } from '@apfa/realtime-client';
import { selectDoubtOf } from '@apfa/realtime-client/redux';
import { workerCommand } from '../app/commandsOf';
import { useAppDispatch, useAppSelector, useMayCommand, useServices } from '../app/services';
import { workersChanged } from '../app/store';
import { isOpen } from '../app/useShownTask';
import { DangerDialog, type Danger } from '../parts/DangerDialog';
import { Figure } from '../parts/Figure';
import { formatCount } from '../parts/format';
import { Page } from '../parts/Page';
import { When } from '../parts/When';

/** Who works: liveness, load, pool, and what can be asked of them. */
export function WorkersPage() {
  const { api } = useServices();
  const dispatch = useAppDispatch();
  const [params] = useSearchParams();
  const workers = useAppSelector((state) => state.live.workers);
  const isKnown = useAppSelector((state) => state.live.isWorkersKnown);
  const [danger, setDanger] = useState<Danger>();
  const chosen = params.get('worker');

  useEffect(() => {
    api.workers().then(
      (all) => dispatch(workersChanged(all)),
      () => undefined,
    );
  }, [api, dispatch]);

  const all = Object.values(workers).sort((a, b) => a.hostname.localeCompare(b.hostname));
  const online = all.filter((worker) => worker.status === 'online').length;
  return (
    <Page
      title="Workers"
      aside={
        <span className="quiet">
          {online} of {all.length} online
        </span>
      }
    >
      {isKnown && all.length === 0 && (
        <Alert severity="info">
          No worker has been heard of. Start one that sends events:
          <pre className="mono">celery -A your_app worker -E</pre>
        </Alert>
      )}
      <Box
        sx={{
          display: 'grid',
          gap: 1.5,
          gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 430px), 1fr))',
        }}
      >
        {all.map((worker) => (
          <WorkerCard
            key={worker.hostname}
            worker={worker}
            isChosen={worker.hostname === chosen}
            onDanger={setDanger}
          />
        ))}
      </Box>
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
  readonly worker: WorkerInfo;
  readonly isChosen: boolean;
  readonly onDanger: (danger: Danger) => void;
}

function WorkerCard({ worker, isChosen, onDanger }: CardProps) {
  const { commands } = useServices();
  const doubt = useAppSelector((state) => selectDoubtOf(state, `worker:${worker.hostname}`));
  const isBusy = isOpen(doubt);
  const mayCommand = useMayCommand();
  const mayShutDown = useMayCommand('admin');
  const shown = overlaid({ ...worker, offset: 0 }, doubt, () => false);
  const status = shown.status ?? 'unknown';
  const run = (spec: CommandSpec): void => {
    commands.run(spec);
  };
  const color =
    status === 'online' ? 'success.main' : status === 'offline' ? 'error.main' : 'text.secondary';
  const pool = worker.pool;
  const active = worker.active ?? 0;
  return (
    <Paper
      variant="outlined"
      data-testid="worker-card"
      data-hostname={worker.hostname}
      data-status={status}
      aria-busy={isBusy}
      sx={{
        p: 1.5,
        display: 'flex',
        flexDirection: 'column',
        gap: 1,
        opacity: isBusy ? 0.5 : 1,
        ...(isChosen ? { borderColor: 'text.secondary' } : {}),
      }}
    >
      <Box sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
        <Typography component="h2" variant="h2" sx={{ overflowWrap: 'anywhere' }}>
          {worker.hostname}
        </Typography>
        <Box
          component="span"
          sx={{
            ml: 'auto',
            color,
            fontWeight: 650,
            display: 'flex',
            gap: 0.75,
            alignItems: 'center',
          }}
        >
          {isBusy ? (
            <span className="spinner" />
          ) : (
            <Box
              component="span"
              aria-hidden
              sx={{
                width: 8,
                height: 8,
                borderRadius: status === 'offline' ? 0 : '50%',
                bgcolor: 'currentColor',
              }}
            />
          )}
          {status}
        </Box>
      </Box>
      <Box sx={{ display: 'grid', gridTemplateColumns: 'repeat(3, 1fr)', gap: 1 }}>
        <Figure
          label="Active"
          value={pool === undefined ? formatCount(active) : `${active} / ${pool}`}
        />
        <Figure
          label="Processed"
          value={worker.processed === undefined ? '–' : formatCount(worker.processed)}
        />
        <Figure
          label="Load"
          value={worker.loadavg?.map((load) => load.toFixed(1)).join('  ') ?? '–'}
        />
      </Box>
      {pool !== undefined && pool > 0 && (
        <Box
          role="meter"
          aria-label="pool in use"
          aria-valuenow={active}
          aria-valuemin={0}
          aria-valuemax={pool}
          sx={{ height: 4, borderRadius: 2, bgcolor: 'action.selected', overflow: 'hidden' }}
        >
          <Box
            sx={{
              height: '100%',
              width: `${Math.min(100, (100 * active) / pool)}%`,
              bgcolor: 'info.main',
            }}
          />
        </Box>
      )}
      <Typography variant="caption" className="quiet">
        heartbeat <When at={worker.last_heartbeat} />
        {worker.pid !== undefined && ` · pid ${worker.pid}`}
        {worker.sw_ver !== undefined && ` · ${worker.sw_ident ?? 'celery'} ${worker.sw_ver}`}
        {worker.sw_sys !== undefined && ` · ${worker.sw_sys}`}
      </Typography>
      <Box
        sx={{
          display: 'flex',
          gap: 0.5,
          flexWrap: 'wrap',
          '& .MuiButton-root': { minWidth: 0, px: 0.75 },
        }}
      >
        <Button
          color="inherit"
          component={Link}
          to={`/tasks?worker=${encodeURIComponent(worker.hostname)}`}
        >
          Tasks
        </Button>
        {mayCommand && (
          <>
            <Button
              color="inherit"
              disabled={isBusy}
              aria-label={`Pool +1, ${worker.hostname}`}
              onClick={() => {
                run(workerCommand(worker.hostname, 'pool', { delta: 1 }));
              }}
            >
              Pool +1
            </Button>
            <Button
              color="inherit"
              disabled={isBusy || (pool !== undefined && pool <= 1)}
              aria-label={`Pool −1, ${worker.hostname}`}
              onClick={() => {
                run(workerCommand(worker.hostname, 'pool', { delta: -1 }));
              }}
            >
              Pool −1
            </Button>
            <Button
              color="inherit"
              disabled={isBusy}
              onClick={() => {
                run(workerCommand(worker.hostname, 'enable-events'));
              }}
            >
              Enable events
            </Button>
            {mayShutDown && (
              <Button
                color="error"
                disabled={isBusy}
                sx={{ ml: 'auto' }}
                onClick={() => {
                  onDanger({
                    title: `Shut ${worker.hostname} down`,
                    lines: [
                      'It finishes what it runs now and takes nothing more. It does not come back by itself.',
                      `${active} running now.`,
                    ],
                    typed: worker.hostname,
                    action: 'Shut down',
                    run: () => {
                      run(workerCommand(worker.hostname, 'shutdown'));
                    },
                  });
                }}
              >
                Shut down…
              </Button>
            )}
          </>
        )}
      </Box>
    </Paper>
  );
}
