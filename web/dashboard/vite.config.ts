import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

const GATEWAY = process.env['APFA_GATEWAY'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['apfa-source', ...defaultClientConditions] },
  // sockjs-client knows the global object by its Node.js name.
  define: { global: 'globalThis' },
  build: {
    target: 'es2022',
    // Everything is served from our own origin; nothing is inlined, the CSP forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_200,
  },
  server: {
    proxy: {
      '/api': GATEWAY,
      '/eventbus': { target: GATEWAY, ws: true },
    },
  },
});
