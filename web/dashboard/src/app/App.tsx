import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import LinearProgress from '@mui/material/LinearProgress';
import { Shell } from '../pages/Shell';

const TasksPage = lazy(async () => ({ default: (await import('../pages/TasksPage')).TasksPage }));
const TaskPage = lazy(async () => ({ default: (await import('../pages/TaskPage')).TaskPage }));
const OverviewPage = lazy(async () => ({
  default: (await import('../pages/OverviewPage')).OverviewPage,
}));
const QueuesPage = lazy(async () => ({
  default: (await import('../pages/QueuesPage')).QueuesPage,
}));
const GroupsPage = lazy(async () => ({
  default: (await import('../pages/GroupsPage')).GroupsPage,
}));
const GroupPage = lazy(async () => ({ default: (await import('../pages/GroupsPage')).GroupPage }));
const CommandsPage = lazy(async () => ({
  default: (await import('../pages/CommandsPage')).CommandsPage,
}));
const LimitsPage = lazy(async () => ({
  default: (await import('../pages/LimitsPage')).LimitsPage,
}));
const DoctorPage = lazy(async () => ({
  default: (await import('../pages/DoctorPage')).DoctorPage,
}));
const WorkersPage = lazy(async () => ({
  default: (await import('../pages/WorkersPage')).WorkersPage,
}));

/** Which page each address shows. */
export function App() {
  return (
    <Suspense fallback={<LinearProgress aria-label="loading the page" />}>
      <Routes>
        <Route element={<Shell />}>
          <Route path="/tasks" element={<TasksPage />} />
          <Route path="/tasks/:uuid" element={<TaskPage />} />
          <Route path="/workers" element={<WorkersPage />} />
          <Route path="/overview" element={<OverviewPage />} />
          <Route path="/queues" element={<QueuesPage />} />
          <Route path="/groups" element={<GroupsPage />} />
          <Route path="/groups/:id" element={<GroupPage />} />
          <Route path="/commands" element={<CommandsPage />} />
          <Route path="/limits" element={<LimitsPage />} />
          <Route path="/doctor" element={<DoctorPage />} />
          <Route path="*" element={<Navigate to="/tasks" replace />} />
        </Route>
      </Routes>
    </Suspense>
  );
}
