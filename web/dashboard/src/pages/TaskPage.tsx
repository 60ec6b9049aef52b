import Box from '@mui/material/Box';
import { Link, useParams } from 'react-router';
import { TaskView } from './TaskView';

/** One task as a page of its own. */
export function TaskPage() {
  const { uuid } = useParams();
  return (
    <Box sx={{ maxWidth: 960 }}>
      <Box sx={{ mb: 1.5, '& a': { color: 'primary.main' } }}>
        <Link to="/tasks">All tasks</Link>
      </Box>
      {uuid !== undefined && <TaskView key={uuid} uuid={uuid} isPage />}
    </Box>
  );
}
