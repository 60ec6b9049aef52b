import Alert from '@mui/material/Alert';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableRow from '@mui/material/TableRow';
import { useCallback } from 'react';
import { useServices } from '../app/services';
import { Fetched, useAnswer } from '../parts/Fetched';
import { Card, Page } from '../parts/Page';
import { When } from '../parts/When';

const EVERY_MS = 3_000;

/** The limits in force, since when, and what is wrong with the file if anything is. */
export function LimitsPage() {
  const { api } = useServices();
  const ask = useCallback(() => api.limits(), [api]);
  const [answer, again] = useAnswer(ask, EVERY_MS);
  return (
    <Page
      title="Limits"
      aside={
        answer.at === 'answered' && (
          <span className="quiet" data-testid="limits-version">
            version {answer.value.version}, in force <When at={seconds(answer.value.since)} />
          </span>
        )
      }
    >
      <Fetched answer={answer} what="The limits" onAgain={again}>
        {(limits) => (
          <>
            {limits.error !== null && (
              <Alert severity="error">
                The file on disk is not in force: {limits.error}. What is shown here goes on.
              </Alert>
            )}
            <Card isTight>
              <Table size="small" sx={{ maxWidth: 720 }}>
                <TableBody>
                  {Object.entries(limits.limits).map(([key, value]) => (
                    <TableRow key={key} hover>
                      <TableCell className="mono">{key}</TableCell>
                      <TableCell align="right" sx={{ fontWeight: 600 }}>
                        {typeof value === 'number'
                          ? value.toLocaleString('en-US')
                          : typeof value === 'string'
                            ? value
                            : JSON.stringify(value)}
                      </TableCell>
                    </TableRow>
                  ))}
                </TableBody>
              </Table>
            </Card>
            <span className="quiet">
              Changed by writing the limits file; every node takes it within two seconds.
            </span>
          </>
        )}
      </Fetched>
    </Page>
  );
}

function seconds(since: number | string | undefined): number | undefined {
  if (typeof since === 'number') return since;
  const parsed = since === undefined ? NaN : Date.parse(since);
  return Number.isNaN(parsed) ? undefined : parsed / 1000;
}
