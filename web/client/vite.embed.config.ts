import { defineConfig } from 'vite';

/** The client as one file that a gateway serves beside the page, for pages without a bundler. */
export default defineConfig({
  // sockjs-client knows the global object by its Node.js name.
  define: { global: 'globalThis' },
  build: {
    target: 'es2022',
    minify: true,
    outDir: '../dashboard/dist',
    emptyOutDir: false,
    lib: { entry: { client: 'src/embed.ts' }, formats: ['es'] },
    rolldownOptions: { output: { chunkFileNames: 'assets/[name]-[hash].js' } },
  },
});
