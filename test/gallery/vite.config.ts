// Builds the screens with made-up models, for looking at them and for axe. Never part of the product's build.
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: join(import.meta.dirname, '../../client/public'),
  plugins: [svelte(), tailwindcss()],
  build: { target: 'es2024', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
