import { defineConfig } from 'vite';

// REGUA_API names where `npm run dev` and `npm run mock` find the API; the built site always talks to its own origin.
const api = process.env['REGUA_API'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  server: { proxy: { '/v1': api, '/_local': api, '/docs': api, '/openapi.yaml': api } },
  build: {
    target: 'es2022',
    // The policy of the pages forbids inline scripts and data: fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
