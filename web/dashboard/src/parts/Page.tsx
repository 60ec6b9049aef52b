import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { GapBands } from './GapBands';

/** A page's heading, what it says beside it, and its content. */
export function Page(props: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1.5, maxWidth: 2400 }}>
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'center', flexWrap: 'wrap', minHeight: 32 }}>
        <Typography component="h1" variant="h1">
          {props.title}
        </Typography>
        {props.aside}
      </Box>
      <GapBands />
      {props.children}
    </Box>
  );
}

export function Card(props: { readonly children: ReactNode; readonly isTight?: boolean }) {
  return (
    <Paper variant="outlined" sx={{ p: props.isTight ? 0 : 1.5, minWidth: 0, overflow: 'hidden' }}>
      {props.children}
    </Paper>
  );
}
