import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useState } from 'react';

/** Something that needs a second thought: what will happen, and what has to be typed for it. */
export interface Danger {
  readonly title: string;
  readonly lines: readonly string[];
  /** The count or the name that has to be typed. */
  readonly typed: string;
  readonly action: string;
  readonly isImpossible?: boolean;
  readonly run: () => void;
}

interface Props {
  readonly danger: Danger | undefined;
  readonly onClose: () => void;
}

export function DangerDialog({ danger, onClose }: Props) {
  return (
    <Dialog open={danger !== undefined} onClose={onClose} aria-labelledby="danger-title">
      {danger && <Inner danger={danger} onClose={onClose} key={danger.title} />}
    </Dialog>
  );
}

function Inner({ danger, onClose }: { readonly danger: Danger; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const isReady = typed.trim() === danger.typed && !danger.isImpossible;
  const run = (): void => {
    danger.run();
    onClose();
  };
  return (
    <Box
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) run();
      }}
    >
      <DialogTitle id="danger-title">{danger.title}</DialogTitle>
      <DialogContent>
        {danger.lines.map((line) => (
          <Box key={line} sx={{ mb: 0.5 }}>
            {line}
          </Box>
        ))}
        {!danger.isImpossible && (
          <TextField
            autoFocus
            fullWidth
            sx={{ mt: 2 }}
            label={`Type ${danger.typed} to go on`}
            value={typed}
            autoComplete="off"
            onChange={(event) => {
              setTyped(event.target.value);
            }}
          />
        )}
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          Leave it
        </Button>
        <Button type="submit" color="error" variant="contained" disabled={!isReady}>
          {danger.action}
        </Button>
      </DialogActions>
    </Box>
  );
}
