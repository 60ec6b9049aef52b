import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useAppSelector } from '../app/services';
import { Card } from '../parts/Page';
import { useNow, When } from '../parts/When';

const WINDOW_SECONDS = 900;

/** What changed in the last fifteen minutes: workers, queues, gaps, commands. */
export function Changes() {
  const now = useNow();
  const events = useAppSelector((state) => state.events);
  const recent = events.filter((event) => event.at > now - WINDOW_SECONDS);
  return (
    <Card isTight>
      <Typography component="h2" variant="h2" sx={{ p: 1.5, pb: 0.5 }}>
        What changed in the last 15 minutes
      </Typography>
      <Box
        component="ul"
        sx={{ listStyle: 'none', m: 0, p: 1.5, pt: 0.5, display: 'grid', gap: 0.75 }}
      >
        {recent.slice(0, 12).map((event) => (
          <Box component="li" key={event.id} sx={{ display: 'flex', gap: 1 }}>
            <Box
              component="span"
              aria-hidden
              sx={{ width: 3, borderRadius: 1, flex: 'none', bgcolor: `${event.tone}.main` }}
            />
            <span>{event.text}</span>
            <Box component="span" className="quiet" sx={{ ml: 'auto', whiteSpace: 'nowrap' }}>
              <When at={event.at} />
            </Box>
          </Box>
        ))}
        {recent.length === 0 && (
          <li className="quiet">
            Nothing out of the ordinary: no worker came or went, no gap, no command.
          </li>
        )}
      </Box>
    </Card>
  );
}
