import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useCallback } from 'react';
import { useAppSelector, useServices } from '../app/services';
import type { Api } from '../data/api';
import { examine, type Finding } from '../data/doctor';
import { Fetched, useAnswer } from '../parts/Fetched';
import { Card, Page } from '../parts/Page';
import { useNow } from '../parts/When';
import { Folded } from './TaskView';

const EVERY_MS = 10_000;

const LOOKS = {
  good: { color: 'success.main', sign: '✓', word: 'fine' },
  warning: { color: 'warning.main', sign: '!', word: 'look at this' },
  bad: { color: 'error.main', sign: '✕', word: 'broken' },
  unknown: { color: 'text.secondary', sign: '?', word: 'not known' },
} as const;

/** What is wrong with the set-up, and what to type to fix each. */
export function DoctorPage() {
  const { api } = useServices();
  const ask = useCallback(async () => {
    const [report, isResultRead] = await Promise.all([api.doctor(), readsResults(api)]);
    return { report, isResultRead };
  }, [api]);
  const [answer, again] = useAnswer(ask, EVERY_MS);
  const now = useNow();
  const link = useAppSelector((state) => state.link);
  const workers = useAppSelector((state) => state.live.workers);
  const counts = useAppSelector((state) => state.live.counts);
  const gaps = useAppSelector((state) => state.live.gaps);
  const findings = examine({
    report: answer.at === 'answered' ? answer.value.report : undefined,
    isResultRead: answer.at === 'answered' ? answer.value.isResultRead : undefined,
    link,
    workers: Object.values(workers),
    taskCount: Object.values(counts).reduce((sum, count) => sum + count, 0),
    gapCount: gaps.length,
    now,
  });
  const wrong = findings.filter(
    (finding) => finding.grade === 'bad' || finding.grade === 'warning',
  );
  return (
    <Page
      title="Set-up doctor"
      aside={
        <span className="quiet">
          {wrong.length === 0 ? 'nothing wrong found' : `${wrong.length} to look at`}
        </span>
      }
    >
      <Box
        component="ul"
        sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1, maxWidth: 860 }}
      >
        {findings.map((finding) => (
          <li key={finding.name}>
            <Card>
              <One finding={finding} />
            </Card>
          </li>
        ))}
      </Box>
      <Fetched answer={answer} what="The server's own report" onAgain={again}>
        {({ report }) => (
          <Folded title="The server's own report" text={JSON.stringify(report, null, 2)} />
        )}
      </Fetched>
    </Page>
  );
}

/** Whether the server can read the result of the task that succeeded last, if there is one. */
async function readsResults(api: Api): Promise<boolean | undefined> {
  try {
    const [latest] = (await api.tasks({ state: 'SUCCESS' }, 1)).tasks;
    if (!latest) return undefined;
    const { backend } = await api.task(latest.uuid);
    return backend !== null && backend !== undefined;
  } catch {
    return undefined;
  }
}

function One({ finding }: { readonly finding: Finding }) {
  const look = LOOKS[finding.grade];
  return (
    <Box sx={{ display: 'flex', gap: 1.5 }} data-testid="finding" data-grade={finding.grade}>
      <Box
        component="span"
        role="img"
        aria-label={look.word}
        sx={{ color: look.color, fontWeight: 800, width: 16, textAlign: 'center' }}
      >
        {look.sign}
      </Box>
      <Box sx={{ minWidth: 0, flex: 1 }}>
        <Typography component="h2" variant="h3">
          {finding.name}
        </Typography>
        <span className="quiet">{finding.what}</span>
        {finding.fix !== undefined && finding.grade !== 'good' && (
          <Box component="pre" className="block mono" tabIndex={0} sx={{ mt: '6px !important' }}>
            {finding.fix}
          </Box>
        )}
      </Box>
    </Box>
  );
}
