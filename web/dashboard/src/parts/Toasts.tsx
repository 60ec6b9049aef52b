import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import { useEffect } from 'react';
import { useAppDispatch, useAppSelector } from '../app/services';
import { toastClosed, type Toast } from '../app/store';

const GOOD_NEWS_MS = 4_000;
const BAD_NEWS_MS = 12_000;

/** Outcomes of commands, at the foot of the page. */
export function Toasts() {
  const toasts = useAppSelector((state) => state.toasts);
  return (
    <Box
      sx={{
        position: 'fixed',
        left: 16,
        bottom: { xs: 68, sm: 16 },
        zIndex: 'snackbar',
        display: 'flex',
        flexDirection: 'column',
        gap: 1,
        maxWidth: 'min(480px, calc(100vw - 32px))',
      }}
    >
      {toasts.map((toast) => (
        <OneToast key={toast.id} toast={toast} />
      ))}
    </Box>
  );
}

function OneToast({ toast }: { readonly toast: Toast }) {
  const dispatch = useAppDispatch();
  useEffect(() => {
    const id = setTimeout(
      () => dispatch(toastClosed(toast.id)),
      toast.tone === 'success' ? GOOD_NEWS_MS : BAD_NEWS_MS,
    );
    return () => {
      clearTimeout(id);
    };
  }, [dispatch, toast]);
  return (
    <Alert
      severity={toast.tone}
      variant="outlined"
      data-testid="toast"
      sx={{ bgcolor: 'background.paper', boxShadow: 3 }}
      onClose={() => dispatch(toastClosed(toast.id))}
    >
      {toast.text}
      {toast.hint && (
        <Box sx={{ color: 'text.secondary', fontSize: 12, mt: 0.25 }}>{toast.hint}</Box>
      )}
    </Alert>
  );
}
