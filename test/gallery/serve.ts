// Builds the gallery into a temporary folder and serves it as strictly as signaling serves the product.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';

/** The product's own policy, without what only the call needs: a screen that breaks it here would break there. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

const configFile = join(import.meta.dirname, 'vite.config.ts');

/** The environment variable that tells the tests where the gallery is. */
export const GALLERY_URL = 'GALLERY_URL';

/** Before all tests of the gallery; answers what ends it. */
export default async function serveGallery(): Promise<() => Promise<void>> {
  const outDir = await mkdtemp(join(tmpdir(), 'in-camera-gallery-'));
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const server = await preview({
    configFile,
    logLevel: 'error',
    build: { outDir },
    preview: {
      host: '127.0.0.1',
      port: 20_000 + Math.floor(Math.random() * 20_000),
      headers: { 'Content-Security-Policy': CONTENT_SECURITY_POLICY },
    },
  });
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('the gallery has no address');
  process.env[GALLERY_URL] = url;
  return async () => {
    await server.close();
    await rm(outDir, { recursive: true, force: true });
  };
}
