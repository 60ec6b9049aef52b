import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useAppSelector, useMayCommand, useServices } from '../app/services';
import { Fetched, useAnswer } from '../parts/Fetched';
import { shortUuid } from '../parts/format';
import { Card, Page } from '../parts/Page';
import { When } from '../parts/When';
import { TriggerForm } from './TriggerForm';

const EVERY_MS = 5_000;

const TONES: Readonly<Record<string, string>> = {
  confirmed: 'success.main',
  failed: 'error.main',
  unknown: 'warning.main',
  refused: 'error.main',
};

/** What was asked of Celery, by whom, and what became of it. */
export function CommandsPage() {
  const { api } = useServices();
  const mayCommand = useMayCommand();
  const ask = useCallback(() => api.audit(), [api]);
  const [answer, again] = useAnswer(ask, EVERY_MS);
  const doubts = useAppSelector((state) => state.doubts.doubts);
  const mine = Object.values(doubts).sort((a, b) => b.since - a.since);
  return (
    <Page title="Commands and audit">
      {mayCommand && <TriggerForm />}
      {mine.length > 0 && (
        <Card isTight>
          <Typography component="h2" variant="h2" sx={{ p: 1.5, pb: 0.5 }}>
            From this page
          </Typography>
          <Box sx={{ overflowX: 'auto' }}>
            <Table size="small">
              <TableBody>
                {mine.map((doubt) => (
                  <TableRow key={doubt.id}>
                    <TableCell>{doubt.kind}</TableCell>
                    <TableCell className="mono">{nameOf(doubt.target)}</TableCell>
                    <TableCell sx={{ color: TONES[doubt.phase], fontWeight: 600 }}>
                      {doubt.phase}
                    </TableCell>
                    <TableCell>{doubt.reason}</TableCell>
                    <TableCell align="right">
                      <When at={doubt.since / 1000} />
                    </TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          </Box>
        </Card>
      )}
      <Fetched answer={answer} what="The audit" onAgain={again}>
        {(entries) => (
          <Card isTight>
            <Typography component="h2" variant="h2" sx={{ p: 1.5, pb: 0.5 }}>
              Audit, newest first
            </Typography>
            <Box sx={{ overflowX: 'auto' }}>
              <Table size="small" sx={{ '& a': { color: 'inherit' } }} data-testid="audit">
                <TableHead>
                  <TableRow>
                    <TableCell>When</TableCell>
                    <TableCell>Who</TableCell>
                    <TableCell>Command</TableCell>
                    <TableCell>What</TableCell>
                    <TableCell>Outcome</TableCell>
                  </TableRow>
                </TableHead>
                <TableBody>
                  {entries.map((entry, index) => (
                    <TableRow key={`${text(entry['commandId'])}/${text(entry['status'])}/${index}`}>
                      <TableCell sx={{ whiteSpace: 'nowrap' }}>
                        <When at={number(entry['timestamp'])} />
                      </TableCell>
                      <TableCell>
                        {text(entry['user'])}
                        <span className="quiet"> {text(entry['remote'])}</span>
                      </TableCell>
                      <TableCell>
                        {text(entry['command'])}
                        {number(entry['count']) !== undefined &&
                          (number(entry['count']) ?? 1) > 1 &&
                          ` × ${number(entry['count'])}`}
                      </TableCell>
                      <TableCell sx={{ maxWidth: 420, overflowWrap: 'anywhere' }}>
                        {text(entry['task']) !== '' ? (
                          <Link to={`/tasks/${text(entry['task'])}`} className="mono">
                            {shortUuid(text(entry['task']))}
                          </Link>
                        ) : (
                          <span className="mono">{text(entry['what'])}</span>
                        )}
                      </TableCell>
                      <TableCell>
                        <Box
                          component="span"
                          sx={{ color: TONES[text(entry['status'])], fontWeight: 600 }}
                        >
                          {text(entry['status'])}
                        </Box>{' '}
                        {text(entry['reason'])}
                      </TableCell>
                    </TableRow>
                  ))}
                  {entries.length === 0 && (
                    <TableRow>
                      <TableCell colSpan={5} className="quiet">
                        No command has been given yet.
                      </TableCell>
                    </TableRow>
                  )}
                </TableBody>
              </Table>
            </Box>
          </Card>
        )}
      </Fetched>
    </Page>
  );
}

/** A target without the word that says what it is: the command says that already. */
function nameOf(target: string): string {
  return target.replace(/^(trigger|queue|worker):/, '');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
