// Builds the bench's page and workers with Vite and serves them on a free port of this machine.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { build } from 'vite';
import { ISOLATED } from '../../harness/isolated.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCRIPTS = {
  '/page.js': 'test/bench/frame/page.ts',
  '/references.js': 'test/bench/frame/references.ts',
  '/mediaWorker.js': 'e2ee-worker/mediaWorker.ts',
};
const PAGE = '<!doctype html><title>frame bench</title><body><script type="module" src="page.js"></script>';

async function bundle(entry: string): Promise<string> {
  const lib = { entry: join(ROOT, entry), formats: ['es' as const] };
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, minify: true, lib },
  });
  for (const made of Array.isArray(result) ? result : [result]) {
    if (!('output' in made)) continue;
    for (const part of made.output) if (part.type === 'chunk') return part.code;
  }
  throw new Error(`nothing came out of bundling ${entry}`);
}

export async function serveBench(): Promise<{ url: string; close(): void }> {
  const files = new Map([['/', { type: 'text/html', body: PAGE }]]);
  for (const [path, entry] of Object.entries(SCRIPTS)) {
    files.set(path, { type: 'text/javascript', body: await bundle(entry) });
  }
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file) response.writeHead(200, { ...ISOLATED, 'content-type': file.type }).end(file.body);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the bench has no port');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => void server.close() };
}
