import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { Link } from 'react-router';

/** An empty list teaches: what to do so that it fills. */
export function EmptyTasks({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Box sx={{ p: 4, textAlign: 'center' }}>
        <Typography variant="h2">No task matches</Typography>
        <Typography className="quiet">
          Widen the filter, or wait: matching tasks appear here.
        </Typography>
      </Box>
    );
  }
  return (
    <Box sx={{ p: 4, maxWidth: 640 }}>
      <Typography variant="h2" gutterBottom>
        No events yet
      </Typography>
      <Typography className="quiet" sx={{ mb: 1 }}>
        Tasks appear as soon as a worker sends events. Usually one of these is missing:
      </Typography>
      <Typography component="div">
        1. A worker that sends events:
        <pre className="block mono">celery -A your_app worker -E</pre>
        2. For workers that already run:
        <pre className="block mono">celery -A your_app control enable_events</pre>
      </Typography>
      <Button component={Link} to="/doctor" variant="outlined" sx={{ mt: 2 }}>
        Ask the doctor what is wrong
      </Button>
    </Box>
  );
}
