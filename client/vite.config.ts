// Builds the page and its workers into client/dist so that signaling can serve them under a CSP without any inline part.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

const signaling = `http://127.0.0.1:${process.env.PORT ?? '3000'}`;

/**
 * Compiles every function while the file loads, off the main thread, instead of at its first call: which for most is the
 * moment after the click on "join" (V8's explicit compile hints; other browsers see a comment).
 */
const compileEarly = { output: { postBanner: '//# allFunctionsCalledOnLoad' } };

/** Here to test ts-mls with suites that the product does not use: what pages load is the same whether they are installed. */
const testOnly = ['@hpke/chacha20poly1305', '@hpke/dhkem-x448'];

export default defineConfig({
  plugins: [svelte(), tailwindcss()],
  // RTCRtpScriptTransform needs real worker files, and module workers may import; a blob or data worker would need a wider CSP.
  worker: { format: 'es', rolldownOptions: { ...compileEarly, external: testOnly } },
  build: {
    target: 'es2024',
    // A data: URL would have to be allowed in the CSP; a file of its own need not.
    assetsInlineLimit: 0,
    // Every browser with encoded transforms knows modulepreload; the polyfill would be dead code.
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    rolldownOptions: compileEarly,
    // The page is one chunk and the admin console another. zodSetup must run before any schema is made: each entry to a chunk imports
    // it first, so that it comes first, too, in what they share.
    chunkSizeWarningLimit: 1_000,
  },
  // Only for `vite client` while working on the screens; the product is always the built page.
  server: {
    proxy: { '/socket.io': { target: signaling, ws: true }, '/api': signaling },
    // As signaling sends them: the page holds no meeting without.
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
});
