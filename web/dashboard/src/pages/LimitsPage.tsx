import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useCallback } from 'react';
import { useServices } from '../app/services';
import type { LimitsAnswer, LimitValues } from '../data/api';
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
            <Box
              sx={{
                display: 'grid',
                gap: 1.5,
                gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: '1fr 1fr' },
                alignItems: 'start',
              }}
            >
              <Card isTight>
                <Table size="small">
                  <TableBody>
                    <Values values={limits.limits} />
                  </TableBody>
                </Table>
              </Card>
              <Overrides overrides={limits.overrides ?? {}} />
            </Box>
            <span className="quiet">
              Changed by writing the limits file; every node takes it within two seconds.
            </span>
          </>
        )}
      </Fetched>
    </Page>
  );
}

function Values({ values }: { readonly values: LimitValues }) {
  return Object.entries(values).map(([key, value]) => (
    <TableRow key={key} hover>
      <TableCell className="mono" sx={{ overflowWrap: 'anywhere' }}>
        {key}
      </TableCell>
      <TableCell align="right" sx={{ fontWeight: 600 }}>
        {typeof value === 'number'
          ? value.toLocaleString('en-US')
          : typeof value === 'string'
            ? value
            : JSON.stringify(value)}
      </TableCell>
    </TableRow>
  ));
}

/** Whom another limit is for, and which. */
function Overrides({ overrides }: { readonly overrides: NonNullable<LimitsAnswer['overrides']> }) {
  const all = Object.entries(overrides).flatMap(([kind, names]) =>
    Object.entries(names).map(([name, values]) => ({ kind, name, values })),
  );
  return (
    <Card isTight>
      <Typography component="h2" variant="h2" sx={{ p: 1.5, pb: 0.5 }}>
        Overrides
      </Typography>
      {all.length === 0 ? (
        <Typography className="quiet" sx={{ p: 1.5, pt: 0.5 }}>
          Nobody has limits of their own.
        </Typography>
      ) : (
        <Table size="small" data-testid="overrides">
          {all.map(({ kind, name, values }) => (
            <TableBody key={`${kind}/${name}`}>
              <TableRow>
                <TableCell component="th" scope="rowgroup" colSpan={2}>
                  <span className="quiet">{kind.replace(/s$/, '')}</span> <b>{name}</b>
                </TableCell>
              </TableRow>
              <Values values={values} />
            </TableBody>
          ))}
        </Table>
      )}
    </Card>
  );
}

function seconds(since: number | string | undefined): number | undefined {
  if (typeof since === 'number') return since;
  const parsed = since === undefined ? NaN : Date.parse(since);
  return Number.isNaN(parsed) ? undefined : parsed / 1000;
}
