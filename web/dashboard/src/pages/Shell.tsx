import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { useColorScheme } from '@mui/material/styles';
import { useEffect, useRef, useState } from 'react';
import { NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { useShortcuts } from '../app/shortcuts';
import { useAppDispatch, useAppSelector } from '../app/services';
import { zoneChosen } from '../app/store';
import { LinkBadge } from '../parts/LinkBadge';
import { SignIn } from './SignIn';
import { Toasts } from '../parts/Toasts';
import { Icon, type IconName } from '../parts/Icon';

const PLACES: readonly (readonly [string, string, IconName])[] = [
  ['/overview', 'Overview', 'overview'],
  ['/tasks', 'Tasks', 'tasks'],
  ['/groups', 'Groups', 'groups'],
  ['/queues', 'Queues', 'queues'],
  ['/workers', 'Workers', 'workers'],
  ['/commands', 'Commands', 'commands'],
  ['/limits', 'Limits', 'limits'],
  ['/doctor', 'Doctor', 'doctor'],
];

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'search'],
  ['j  k', 'next, previous row'],
  ['Enter', 'open the row'],
  ['r', 'revoke the row'],
  ['g o', 'go to Overview'],
  ['g t', 'go to Tasks'],
  ['g q', 'go to Queues'],
  ['g w', 'go to Workers'],
  ['?', 'this help'],
];

/** One rail, one bar, and the page. */
export function Shell() {
  const navigate = useNavigate();
  const [isHelp, setHelp] = useState(false);
  const go = (path: string) => () => navigate(path);
  useShortcuts({
    '?': () => {
      setHelp(true);
    },
    'g t': go('/tasks'),
    'g q': go('/queues'),
    'g w': go('/workers'),
    'g o': go('/overview'),
  });
  return (
    <Box
      sx={{
        height: '100dvh',
        display: 'grid',
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: '84px minmax(0, 1fr)' },
        gridTemplateRows: { xs: '48px minmax(0, 1fr) auto', sm: '48px minmax(0, 1fr)' },
        bgcolor: 'background.default',
      }}
    >
      <TopBar
        onHelp={() => {
          setHelp(true);
        }}
      />
      <Rail />
      <Box
        component="main"
        tabIndex={0}
        sx={{
          gridColumn: { xs: 1, sm: 2 },
          gridRow: 2,
          minHeight: 0,
          overflow: 'auto',
          outlineOffset: -2,
          p: { xs: 1.5, sm: 2 },
        }}
      >
        <Outlet />
      </Box>
      <Toasts />
      <SignIn />
      <Dialog
        open={isHelp}
        onClose={() => {
          setHelp(false);
        }}
        aria-labelledby="help-title"
      >
        <DialogTitle id="help-title">Keys</DialogTitle>
        <DialogContent>
          {KEYS.map(([key, what]) => (
            <Box key={key} sx={{ display: 'flex', gap: 2, py: 0.25 }}>
              <Box component="kbd" className="mono" sx={{ width: 64 }}>
                {key}
              </Box>
              {what}
            </Box>
          ))}
        </DialogContent>
      </Dialog>
    </Box>
  );
}

function TopBar({ onHelp }: { readonly onHelp: () => void }) {
  const dispatch = useAppDispatch();
  const zone = useAppSelector((state) => state.prefs.zone);
  const lagMs = useAppSelector((state) => state.link.lagMs);
  const { mode, systemMode, setMode } = useColorScheme();
  const isDark = (mode === 'system' ? systemMode : mode) === 'dark';
  return (
    <Box
      component="header"
      sx={{
        gridColumn: '1 / -1',
        display: 'flex',
        alignItems: 'center',
        gap: 1,
        px: { xs: 1.5, sm: 2 },
        borderBottom: 1,
        borderColor: 'divider',
        bgcolor: 'background.paper',
      }}
    >
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, fontWeight: 700, mr: 1 }}>
        <img src="/favicon.svg" width={24} height={24} alt="" />
        <Box component="span" sx={{ display: { xs: 'none', sm: 'inline' } }}>
          APFA Realtime
        </Box>
      </Box>
      <LinkBadge />
      <Box sx={{ flex: 1 }} />
      <Tooltip title="latency from the server to this page, by both clocks">
        <Box component="span" className="quiet" data-testid="latency" tabIndex={0} sx={{ px: 0.5 }}>
          {lagMs === undefined ? '– ms' : `${Math.round(lagMs)} ms`}
        </Box>
      </Tooltip>
      <Tooltip title="time zone of all times">
        <Box
          component="button"
          type="button"
          className="copy"
          aria-label={`times in ${zone === 'utc' ? 'UTC' : 'local time'}, change`}
          onClick={() => dispatch(zoneChosen(zone === 'utc' ? 'local' : 'utc'))}
          sx={{ fontSize: 12, px: '6px !important' }}
        >
          {zone === 'utc' ? 'UTC' : 'Local'}
        </Box>
      </Tooltip>
      <Tooltip title={isDark ? 'light theme' : 'dark theme'}>
        <IconButton
          aria-label={isDark ? 'use the light theme' : 'use the dark theme'}
          onClick={() => {
            setMode(isDark ? 'light' : 'dark');
          }}
        >
          <Icon name={isDark ? 'sun' : 'moon'} />
        </IconButton>
      </Tooltip>
      <Tooltip title="keys ( ? )">
        <IconButton
          aria-label="keys"
          onClick={onHelp}
          sx={{ display: { xs: 'none', sm: 'inline-flex' } }}
        >
          <Icon name="help" />
        </IconButton>
      </Tooltip>
    </Box>
  );
}

function Rail() {
  const { pathname } = useLocation();
  const rail = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the rail is wider than the page: where one is must be in view.
    rail.current?.querySelector('.active')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [pathname]);
  return (
    <Box
      ref={rail}
      component="nav"
      aria-label="pages"
      sx={{
        gridColumn: 1,
        gridRow: { xs: 3, sm: 2 },
        display: 'flex',
        flexDirection: { xs: 'row', sm: 'column' },
        gap: 0.25,
        p: 0.75,
        overflow: 'auto',
        borderRight: { sm: 1 },
        borderTop: { xs: 1, sm: 0 },
        borderColor: { xs: 'divider', sm: 'divider' },
        bgcolor: 'background.paper',
      }}
    >
      {PLACES.map(([path, word, icon]) => (
        <Box
          key={path}
          component={NavLink}
          to={path}
          className="nav-link"
          sx={{
            display: 'flex',
            flexDirection: 'column',
            alignItems: 'center',
            gap: 0.25,
            px: 0.5,
            py: 0.75,
            borderRadius: 1,
            fontSize: 11,
            flex: { xs: '1 0 auto', sm: 'none' },
            color: 'text.secondary',
            '&:hover': { bgcolor: 'action.hover' },
            '&.active': { color: 'text.primary', bgcolor: 'action.selected', fontWeight: 650 },
          }}
        >
          <Icon name={icon} />
          {word}
        </Box>
      ))}
    </Box>
  );
}
