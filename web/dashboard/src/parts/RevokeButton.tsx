import Button from '@mui/material/Button';
import type { MouseEvent } from 'react';
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
  const word = isBusy ? 'revoking…' : 'Revoke';
  const common = {
    disabled: isBusy,
    'data-testid': `revoke-${task.uuid}`,
    'aria-label': `${word} ${task.uuid}`,
    onClick: (event: MouseEvent) => {
      event.stopPropagation();
      commands.run(revokeTasks([base], { terminate: false }));
    },
  };
  // Every row has one: a plain button is drawn many times faster.
  return variant === 'text' ? (
    <button type="button" className="row-button" {...common}>
      {word}
    </button>
  ) : (
    <Button variant={variant} color="inherit" {...common}>
      {word}
    </Button>
  );
}
