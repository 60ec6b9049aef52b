import {
  RealtimeClient,
  sockJsTransport,
  sockJsUrl,
  webSocketTransport,
  webSocketUrl,
} from '@apfa/realtime-client';

const gateway = 'https://tasks.example.org/';
const client = new RealtimeClient({
  baseUrl: gateway,
  transports: [webSocketTransport(webSocketUrl(gateway)), sockJsTransport(sockJsUrl(gateway))],
});

client.on('status', ({ state, reason }) => {
  document.title = `${state}: ${reason}`;
});

const room = client.room('celery:tasks', { snapshot: 'latest:500' });
room.on('snapshot', ({ tasks }) => {
  console.info(`${tasks.length} tasks to begin with`);
});
room.on('task_update', (task) => {
  console.info(task.uuid, task.state, task.runtime);
});
room.on('discontinuity', () => {
  console.info('updates were missed for good: read the list anew');
});

client.start();
