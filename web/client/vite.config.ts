import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    target: 'es2022',
    lib: {
      entry: { index: 'src/index.ts', react: 'src/react/index.ts', redux: 'src/redux/index.ts' },
      formats: ['es'],
    },
    rolldownOptions: {
      external: ['react', 'react/jsx-runtime', '@reduxjs/toolkit', 'sockjs-client'],
    },
  },
});
