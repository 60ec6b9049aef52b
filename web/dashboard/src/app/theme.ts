import { createTheme } from '@mui/material/styles';

const SANS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
export const MONO =
  'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", "DejaVu Sans Mono", "Liberation Mono", monospace';

/** Dense and calm: ink on paper, colour only where it means something. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#12505f', contrastText: '#ffffff' },
        error: { main: '#b3261e' },
        warning: { main: '#8a5300' },
        success: { main: '#1b7038' },
        info: { main: '#1d5bc4' },
        background: { default: '#f4f6f8', paper: '#ffffff' },
        text: { primary: '#16202a', secondary: '#51606f' },
        divider: '#dde3e9',
      },
    },
    dark: {
      palette: {
        primary: { main: '#7cc8d8', contrastText: '#06222a' },
        error: { main: '#ff8f87' },
        warning: { main: '#f3bc58' },
        success: { main: '#76d197' },
        info: { main: '#84b4ff' },
        background: { default: '#0e1317', paper: '#151b21' },
        text: { primary: '#e3e9ef', secondary: '#9dacba' },
        divider: '#29323b',
      },
    },
  },
  shape: { borderRadius: 8 },
  typography: {
    fontFamily: SANS,
    fontSize: 13,
    htmlFontSize: 16,
    h1: { fontSize: '1.125rem', fontWeight: 650, letterSpacing: '-0.01em' },
    h2: { fontSize: '0.875rem', fontWeight: 650 },
    h3: { fontSize: '0.8125rem', fontWeight: 650 },
    body1: { fontSize: '0.8125rem' },
    body2: { fontSize: '0.8125rem' },
    caption: { fontSize: '0.75rem' },
    button: { textTransform: 'none', fontWeight: 600 },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        body: { fontVariantNumeric: 'tabular-nums' },
        '@media (prefers-reduced-motion: reduce)': {
          '*, *::before, *::after': {
            animationDuration: '0.01ms !important',
            animationIterationCount: '1 !important',
            transitionDuration: '0.01ms !important',
          },
        },
      },
    },
    MuiButton: {
      defaultProps: { size: 'small', disableElevation: true },
      styleOverrides: {
        root: { borderRadius: 6 },
        outlined: {
          borderColor: 'color-mix(in srgb, currentColor 30%, transparent)',
        },
      },
    },
    MuiIconButton: { defaultProps: { size: 'small' } },
    MuiTextField: { defaultProps: { size: 'small' } },
    MuiPaper: {
      defaultProps: { elevation: 0 },
      styleOverrides: { root: { backgroundImage: 'none' } },
    },
    MuiTooltip: { defaultProps: { enterDelay: 400, arrow: true } },
    MuiTableCell: { styleOverrides: { root: { padding: '6px 12px' } } },
  },
});
