import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { openSession } from '../app/identity';
import { useAppSelector, useServices } from '../app/services';

/** Asks for a token when the server wants one. It goes into an HttpOnly cookie and nowhere else. */
export function SignIn() {
  const { api } = useServices();
  const identity = useAppSelector((state) => state.identity);
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string>();
  if (identity.at !== 'signed-out') return null;
  const reason = problem ?? identity.reason;
  return (
    <Dialog open fullWidth aria-labelledby="sign-in-title" data-testid="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void openSession(api.http, token.trim()).then((next) => {
            if (next.at === 'known') location.reload();
            else setProblem(next.at === 'signed-out' ? next.reason : 'no answer');
          });
        }}
      >
        <DialogTitle id="sign-in-title">Sign in</DialogTitle>
        <DialogContent>
          {reason !== '' && <Alert severity="warning">{reason}</Alert>}
          <TextField
            autoFocus
            fullWidth
            multiline
            minRows={3}
            label="Token (JWT)"
            value={token}
            autoComplete="off"
            sx={{ mt: 1 }}
            onChange={(event) => {
              setToken(event.target.value);
            }}
          />
        </DialogContent>
        <DialogActions>
          {identity.loginUrl !== undefined && (
            <Button href={identity.loginUrl} data-testid="sign-in-elsewhere">
              Get a token
            </Button>
          )}
          <Button type="submit" variant="contained" disabled={token.trim() === ''}>
            Sign in
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
