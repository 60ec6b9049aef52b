import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Popover from '@mui/material/Popover';
import TextField from '@mui/material/TextField';
import { memo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { removeView, saveView, savedViews } from '../data/views';

/** Filters under names of one's own, kept in this browser; each is only a link. */
export const Views = memo(function Views() {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const [anchor, setAnchor] = useState<HTMLElement>();
  const [views, setViews] = useState(savedViews);
  const [name, setName] = useState('');
  const current = new URLSearchParams(params);
  current.delete('task');
  const search = current.toString();
  return (
    <>
      <Button
        color="inherit"
        aria-haspopup="dialog"
        onClick={(event) => {
          setAnchor(event.currentTarget);
        }}
      >
        Views
      </Button>
      <Popover
        open={anchor !== undefined}
        anchorEl={anchor ?? null}
        onClose={() => {
          setAnchor(undefined);
        }}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      >
        <Box sx={{ p: 1.5, width: 300, display: 'grid', gap: 0.5 }}>
          {views.map((view) => (
            <Box key={view.name} sx={{ display: 'flex' }}>
              <Button
                color="inherit"
                sx={{ flex: 1, justifyContent: 'flex-start' }}
                onClick={() => {
                  setAnchor(undefined);
                  void navigate(`/tasks?${view.search}`);
                }}
              >
                {view.name}
              </Button>
              <Button
                color="inherit"
                aria-label={`Forget the view ${view.name}`}
                onClick={() => {
                  setViews(removeView(view.name));
                }}
              >
                Forget
              </Button>
            </Box>
          ))}
          <Box
            component="form"
            sx={{ display: 'flex', gap: 1, mt: 0.5 }}
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() === '') return;
              setViews(saveView({ name: name.trim(), search }));
              setName('');
            }}
          >
            <TextField
              placeholder="Name of this view"
              value={name}
              onChange={(event) => {
                setName(event.target.value);
              }}
              slotProps={{ htmlInput: { 'aria-label': 'name of this view' } }}
            />
            <Button type="submit" variant="outlined" color="inherit">
              Save
            </Button>
          </Box>
        </Box>
      </Popover>
    </>
  );
});
