import Box from '@mui/material/Box';
import type { ReactNode } from 'react';

/** A number with its name above it. */
export function Figure(props: {
  readonly label: string;
  readonly value: ReactNode;
  readonly isLarge?: boolean;
}) {
  return (
    <Box sx={{ minWidth: 0 }}>
      <Box sx={{ fontSize: 11, color: 'text.secondary' }}>{props.label}</Box>
      <Box
        sx={{
          fontSize: props.isLarge ? { xs: 18, md: 26 } : 14,
          fontWeight: props.isLarge ? 650 : 600,
          lineHeight: props.isLarge ? 1.25 : 1.5,
          letterSpacing: props.isLarge ? '-0.02em' : 0,
          whiteSpace: { xs: 'normal', md: 'nowrap' },
        }}
      >
        {props.value}
      </Box>
    </Box>
  );
}
