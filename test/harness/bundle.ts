// Bundles a script of the tests for the browser, as text: it is evaluated in a page, never served.
import { build } from 'vite';

const made = new Map<string, Promise<string>>();

/** `entry` is an absolute path; what it does to `window` is its interface. */
export function bundled(entry: string): Promise<string> {
  const known = made.get(entry) ?? bundle(entry);
  made.set(entry, known);
  return known;
}

async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'bundleOfATest' } },
  });
  const outputs = Array.isArray(result) ? result : [result];
  for (const { output } of outputs.filter((o) => 'output' in o)) {
    for (const part of output) if (part.type === 'chunk') return part.code;
  }
  throw new Error(`nothing came out of bundling ${entry}`);
}
