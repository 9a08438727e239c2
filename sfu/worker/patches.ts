// The changes made to a copy of mediasoup-worker's sources before a build against the system's libraries.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerUnavailable } from './WorkerUnavailable.ts';

export type Patch = { file: string; from: string; to: string; why: string };

export const patches: readonly Patch[] = [
  {
    file: 'meson.build',
    from: "meson_version: '>= 1.1.0'",
    to: "meson_version: '>= 1.0.0'",
    why: 'Debian 12 has meson 1.0.1; the file uses nothing newer.',
  },
  {
    file: 'src/RTC/DtlsTransport.cpp',
    from: '(operationType == BIO_CB_RETURN) ?',
    to: '(operationType & BIO_CB_RETURN) ?',
    why:
      'OpenSSL passes BIO_CB_RETURN or-ed with the operation, so the callback answered 1 to every BIO_ctrl. An ' +
      'OpenSSL with kernel TLS then takes it for active, allocates no write buffer and crashes on the first DTLS write.',
  },
];

/** Fails when a patch does not fit exactly once: a new mediasoup needs a new look, not a silent skip. */
export async function applyPatches(sources: string, list: readonly Patch[] = patches): Promise<void> {
  for (const { file, from, to, why } of list) {
    const path = join(sources, file);
    const parts = (await readFile(path, 'utf8')).split(from);
    if (parts.length !== 2) {
      throw new WorkerUnavailable(
        `The worker's ${file} is not the one this recipe knows (${parts.length - 1} places for the change "${why}"). ` +
          'Set MEDIASOUP_WORKER_BIN to a worker of your own, or install the mediasoup version in package-lock.json.',
      );
    }
    await writeFile(path, parts.join(to));
  }
}
