import {
  Commands,
  overlaid,
  systemTimers,
  type CommandUpdate,
  type RealtimeClient,
  type Task,
} from '@apfa/realtime-client';
import { useCommand } from '@apfa/realtime-client/react';

export function makeCommands(client: RealtimeClient): Commands {
  const commands = new Commands(
    {
      deliver: (msgId, { path, body }) =>
        client.http.post(path, body, { 'Idempotency-Key': msgId }),
      ask: (commandId) => client.http.get<CommandUpdate>(`/api/v1/commands/${commandId}`),
    },
    systemTimers,
  );
  client.room('celery:tasks').on('command_update', (update) => {
    commands.onCommandUpdate(update);
  });
  return commands;
}

export function Row({ task, commands }: { readonly task: Task; readonly commands: Commands }) {
  const { run, doubts, isBusy } = useCommand(commands);
  const shown = overlaid(
    task,
    doubts[0],
    ({ state }) => state === 'SUCCESS' || state === 'FAILURE',
  );
  return (
    <li aria-busy={isBusy} style={{ opacity: isBusy ? 0.5 : 1 }}>
      {shown.state} {doubts[0]?.phase === 'failed' && `revoke failed: ${doubts[0].reason ?? ''}`}
      <button
        onClick={() =>
          run({
            kind: 'revoke',
            path: `/api/v1/tasks/${task.uuid}/revoke`,
            body: { terminate: false },
            targets: [
              { target: task.uuid, overlay: { state: 'REVOKED' }, baseOffset: task.offset },
            ],
          })
        }
      >
        Revoke
      </button>
    </li>
  );
}
