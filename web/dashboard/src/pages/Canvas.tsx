import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useEffect, useMemo, useState } from 'react';
import { Link } from 'react-router';
import type { Task } from '@apfa/realtime-client';
import { useServices } from '../app/services';
import { isOpen, useShownTask } from '../app/useShownTask';
import { layOut, type Placed } from '../data/canvasLayout';
import { shortUuid, splitName } from '../parts/format';
import { StateChip } from '../parts/StateChip';

interface Props {
  readonly task: Task;
  readonly childIds: readonly (string | Task)[];
}

const WIDTH = 196;
const HEIGHT = 58;
const GAP_X = 36;
const GAP_Y = 10;

/** The whole canvas the task belongs to — chain, group, chord — as a graph that lights up live. */
export function Canvas({ task, childIds }: Props) {
  const { api, tasks } = useServices();
  const root = task.root_id ?? task.uuid;
  const [members, setMembers] = useState<readonly Task[]>([]);
  // With every end of a task new ones may have been called.
  const childKey = childIds.map((child) => (typeof child === 'string' ? child : child.uuid)).join();

  const isCanvas =
    root !== task.uuid ||
    childKey !== '' ||
    task.group_id !== undefined ||
    task.parent_id !== undefined;

  useEffect(() => {
    let isOver = false;
    if (!isCanvas) return undefined;
    api.group(root).then(
      (group) => {
        if (isOver) return;
        for (const member of group.tasks ?? []) tasks.put(member);
        setMembers(group.tasks ?? []);
      },
      () => {
        // What the task itself says of its canvas is drawn all the same.
      },
    );
    return () => {
      isOver = true;
    };
  }, [api, root, tasks, childKey, isCanvas]);

  const layout = useMemo(() => {
    const all = new Map<string, Pick<Task, 'uuid' | 'parent_id'>>();
    if (task.parent_id !== undefined) all.set(task.parent_id, { uuid: task.parent_id });
    all.set(task.uuid, task);
    for (const child of childIds) {
      if (typeof child === 'string') all.set(child, { uuid: child, parent_id: task.uuid });
      else all.set(child.uuid, child);
    }
    for (const member of members) all.set(member.uuid, member);
    return layOut([...all.values()]);
  }, [task, childIds, members]);

  if (layout.nodes.length < 2) return null;
  const x = (placed: Placed): number => placed.column * (WIDTH + GAP_X);
  const y = (placed: Placed): number => placed.row * (HEIGHT + GAP_Y);
  const byUuid = new Map(layout.nodes.map((node) => [node.uuid, node]));
  const width = layout.columns * (WIDTH + GAP_X) - GAP_X;
  const height = layout.rows * (HEIGHT + GAP_Y) - GAP_Y;
  return (
    <section>
      <Typography component="h2" variant="h3" sx={{ mb: 1 }}>
        Canvas{layout.hiddenCount > 0 && ` (${layout.hiddenCount} more not drawn)`}
      </Typography>
      <Box
        tabIndex={0}
        role="region"
        aria-label="canvas"
        data-testid="canvas"
        sx={{ overflow: 'auto', maxHeight: 420, pb: 1 }}
      >
        <Box sx={{ position: 'relative', width, height }}>
          <Box
            component="svg"
            aria-hidden
            width={width}
            height={height}
            sx={{ position: 'absolute', color: 'text.secondary' }}
          >
            {layout.nodes.map((node) => {
              const parent = node.parent === undefined ? undefined : byUuid.get(node.parent);
              if (!parent) return null;
              const [x1, y1] = [x(parent) + WIDTH, y(parent) + HEIGHT / 2];
              const [x2, y2] = [x(node), y(node) + HEIGHT / 2];
              const middle = (x1 + x2) / 2;
              return (
                <path
                  key={node.uuid}
                  d={`M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`}
                  fill="none"
                  stroke="currentColor"
                  strokeWidth={1.25}
                  opacity={0.45}
                />
              );
            })}
          </Box>
          {layout.nodes.map((node) => (
            <Node
              key={node.uuid}
              uuid={node.uuid}
              left={x(node)}
              top={y(node)}
              isSelf={node.uuid === task.uuid}
            />
          ))}
        </Box>
      </Box>
    </section>
  );
}

function Node(props: {
  readonly uuid: string;
  readonly left: number;
  readonly top: number;
  readonly isSelf: boolean;
}) {
  const shown = useShownTask(props.uuid);
  const name = shown?.task.name;
  return (
    <Box
      data-testid="canvas-node"
      data-uuid={props.uuid}
      data-state={shown?.task.state ?? ''}
      sx={{
        position: 'absolute',
        left: props.left,
        top: props.top,
        width: WIDTH,
        height: HEIGHT,
        px: 1,
        py: 0.75,
        border: 1,
        borderWidth: props.isSelf ? 2 : 1,
        borderColor: props.isSelf ? 'primary.main' : 'divider',
        borderRadius: 1,
        bgcolor: 'background.paper',
        display: 'flex',
        flexDirection: 'column',
        alignItems: 'flex-start',
        gap: 0.5,
        overflow: 'hidden',
        whiteSpace: 'nowrap',
        '& a': { color: 'inherit' },
      }}
    >
      <Link to={`/tasks/${props.uuid}`} aria-current={props.isSelf}>
        {name === undefined ? shortUuid(props.uuid) : splitName(name).word}
      </Link>
      {shown && <StateChip state={shown.task.state} isInDoubt={isOpen(shown.doubt)} />}
    </Box>
  );
}
