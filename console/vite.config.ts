// How the console is built: hashed files below /assets, no inline script, nothing fetched from elsewhere.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const api = process.env.MILLWRIGHT_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: process.env.CONSOLE_OUT ?? 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2022',
    manifest: false,
  },
  server: { proxy: { '/api': api, '/v1': api, '/healthz': api, '/readyz': api, '/openapi.json': api } },
  test: { environment: 'node', include: ['src/**/*_test.ts', 'src/**/*_test.tsx'] },
});
