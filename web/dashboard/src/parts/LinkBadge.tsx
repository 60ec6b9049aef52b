import Box from '@mui/material/Box';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useConnectionQuality } from '@apfa/realtime-client/react';
import { useAppSelector, useServices } from '../app/services';
import { formatDuration } from './format';
import { useNow } from './When';

const LOOKS = {
  live: { word: 'Live', color: 'success.main', icon: 'M2 8h3l2-5 3 10 2-5h2' },
  recovering: {
    word: 'Recovering',
    color: 'warning.main',
    icon: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3',
  },
  polling: { word: 'Polling', color: 'info.main', icon: 'M3 5h9l-2-2M13 11H4l2 2' },
  offline: {
    word: 'Offline',
    color: 'error.main',
    icon: 'M3 3l10 10M4 8a5 5 0 0 1 3-2M12 8a5 5 0 0 0-1.5-1.3M8 12h.01',
  },
} as const;

/** The truth about the connection, always at the same place. */
export function LinkBadge() {
  const link = useAppSelector((state) => state.link);
  const { quality } = useServices();
  const report = useConnectionQuality(quality);
  const now = useNow();
  // A page that is live on a server that hears nothing is not live.
  const state = link.state === 'live' && link.trouble !== undefined ? 'recovering' : link.state;
  const look = LOOKS[state];
  const age = link.since > 0 ? Math.max(0, now - link.since / 1000) : undefined;
  const waits =
    link.nextAttemptAt === undefined ? undefined : Math.max(0, link.nextAttemptAt / 1000 - now);
  const detail = [
    link.trouble ?? link.reason,
    age === undefined ? '' : `for ${formatDuration(age, 1)}`,
    waits === undefined ? '' : `next attempt in ${formatDuration(Math.ceil(waits), 1)}`,
    link.roundTripMs === undefined ? '' : `round trip ${Math.round(link.roundTripMs)} ms`,
    report.grade === 'unknown' ? '' : `quality ${report.grade}`,
    report.lossRatio > 0 ? `${Math.round(100 * report.lossRatio)} % of pings lost` : '',
    report.reconnects > 0 ? `${report.reconnects} reconnects` : '',
  ].filter(Boolean);
  const isCalm = state === 'live' && report.grade !== 'poor';
  return (
    <Tooltip title={detail.join(' · ')}>
      <Box
        data-testid="connection-state"
        data-state={state}
        data-reason={link.trouble ?? link.reason}
        data-quality={report.grade}
        role="status"
        aria-live="polite"
        tabIndex={0}
        sx={{
          display: 'flex',
          alignItems: 'center',
          gap: 0.75,
          height: 28,
          px: 1.25,
          borderRadius: 14,
          border: 1,
          borderColor: isCalm ? 'divider' : look.color,
          color: look.color,
          fontWeight: 650,
          whiteSpace: 'nowrap',
          minWidth: 0,
        }}
      >
        <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden>
          <path
            d={look.icon}
            fill="none"
            stroke="currentColor"
            strokeWidth="2"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
        {look.word}
        {!isCalm && (
          <Typography
            component="span"
            variant="caption"
            noWrap
            sx={{ color: 'text.secondary', display: { xs: 'none', md: 'inline' }, maxWidth: 340 }}
          >
            {detail.slice(0, 3).join(' · ')}
          </Typography>
        )}
      </Box>
    </Tooltip>
  );
}
