import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Drawer from '@mui/material/Drawer';
import { memo } from 'react';
import { useShortcuts } from '../app/shortcuts';
import { TaskView } from './TaskView';

interface Props {
  readonly uuid: string | undefined;
  readonly onClose: () => void;
  readonly onWhole: (uuid: string) => void;
}

/** A task beside the list it was found in; the list stays in reach. */
export const TaskDrawer = memo(function TaskDrawer({ uuid, onClose, onWhole }: Props) {
  useShortcuts({ Escape: onClose });
  return (
    <Drawer
      anchor="right"
      variant="persistent"
      open={uuid !== undefined}
      transitionDuration={120}
      slotProps={{
        paper: {
          component: 'aside',
          'aria-label': 'task',
          sx: {
            width: 'min(600px, 100vw)',
            p: 2,
            top: 48,
            height: 'calc(100dvh - 48px)',
            boxShadow: '-12px 0 32px rgb(0 0 0 / 0.14)',
          },
        },
      }}
      data-testid="task-drawer"
    >
      {uuid !== undefined && (
        <>
          <Box sx={{ display: 'flex', justifyContent: 'flex-end', gap: 1, mb: 1 }}>
            <Button
              color="inherit"
              onClick={() => {
                onWhole(uuid);
              }}
            >
              Whole page
            </Button>
            <Button color="inherit" onClick={onClose}>
              Close
            </Button>
          </Box>
          <TaskView key={uuid} uuid={uuid} />
        </>
      )}
    </Drawer>
  );
});
