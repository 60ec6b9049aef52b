import { defineConfig } from 'vitest/config';
import react from '@vitejs/plugin-react';
import { defaultClientConditions } from 'vite';

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'client', root: './client', include: ['test/**/*.test.{ts,tsx}'] },
      },
      {
        plugins: [react()],
        resolve: { conditions: ['apfa-source', ...defaultClientConditions] },
        test: {
          name: 'dashboard',
          root: './dashboard',
          include: ['test/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          testTimeout: 20_000,
        },
      },
    ],
  },
});
