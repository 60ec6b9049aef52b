import Button from '@mui/material/Button';
import type { Task } from '@apfa/realtime-client';
import { revokeTasks } from '../app/commandsOf';
import { useMayCommand, useServices } from '../app/services';
import { isOpen, type ShownTask } from '../app/useShownTask';
import { hasEnded } from './states';

interface Props {
  readonly shown: ShownTask;
  readonly variant?: 'text' | 'outlined';
}

/** Revokes one task: asks nothing, shows at once, and says what became of it. */
export function RevokeButton({ shown, variant = 'text' }: Props) {
  const { commands, tasks } = useServices();
  const mayCommand = useMayCommand();
  const { task, doubt } = shown;
  const isBusy = isOpen(doubt);
  if (!mayCommand || (hasEnded(task) && !isBusy)) return null;
  const base: Task = tasks.get(task.uuid) ?? task;
  return (
    <Button
      variant={variant}
      color="inherit"
      disabled={isBusy}
      data-testid={`revoke-${task.uuid}`}
      aria-label={`${isBusy ? 'revoking…' : 'Revoke'} ${task.uuid}`}
      onClick={(event) => {
        event.stopPropagation();
        commands.run(revokeTasks([base], { terminate: false }));
      }}
      sx={variant === 'text' ? { minWidth: 0, py: 0, px: 1, height: 24 } : {}}
    >
      {isBusy ? 'revoking…' : 'Revoke'}
    </Button>
  );
}
