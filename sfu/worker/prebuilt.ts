// Downloads the worker that mediasoup's authors publish beside each release, under the name their installer uses.
import { chmod, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { everyFewSeconds } from './buildPackages.ts';
import { mediasoupVersion } from './cache.ts';
import { run } from './run.ts';

const RELEASES = 'https://github.com/versatica/mediasoup/releases/download';
const BUDGET_MS = 20_000;
const PROGRESS_MS = 1_000;
/** A worker is about 10 MB packed; an endless answer must not fill the memory. */
const MAX_BYTES = 100 * 1024 * 1024;
const BINARY = process.platform === 'win32' ? 'mediasoup-worker.exe' : 'mediasoup-worker';

/** Returns the binary's path inside `workspace`, or undefined after saying why there is none. */
export async function downloadPrebuilt(
  workspace: string,
  report: (line: string) => void,
  env: NodeJS.ProcessEnv,
  budgetMs = BUDGET_MS,
): Promise<string | undefined> {
  if (env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) return undefined;
  const version = await mediasoupVersion();
  const base = env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL || RELEASES;
  const url = `${base}/${version}/${archiveName(version)}`;
  report(`Looking for a prebuilt worker (${budgetMs / 1000} s at most).`);
  try {
    const archive = join(workspace, 'worker.tgz');
    await writeFile(archive, await fetchBounded(url, AbortSignal.timeout(budgetMs), report));
    const { code, lines } = await run('tar', ['-xzf', archive, '-C', workspace, BINARY]);
    if (code !== 0) throw new Error(lines.at(-1) ?? 'the archive cannot be read');
    const binary = join(workspace, BINARY);
    await chmod(binary, 0o755);
    return binary;
  } catch (error) {
    report(`No prebuilt worker: ${reason(error)}.`);
    return undefined;
  }
}

function archiveName(version: string): string {
  const kernel = process.platform === 'linux' ? `-kernel${Number(release().split('.')[0])}` : '';
  return `mediasoup-worker-${version}-${process.platform}-${process.arch}${kernel}.tgz`;
}

type Report = (line: string) => void;

async function fetchBounded(url: string, signal: AbortSignal, report: Report): Promise<Buffer> {
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
  const whole = Number(response.headers.get('content-length')) || undefined;
  const slow = everyFewSeconds(report, PROGRESS_MS);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error('the answer is larger than any worker');
    chunks.push(chunk);
    slow(`Downloading a prebuilt worker: ${soFar(size, whole)}`);
  }
  report(`Downloaded ${megabytes(size)} MB.`);
  return Buffer.concat(chunks);
}

const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);

/** Not every server says how much there is. */
const soFar = (size: number, whole: number | undefined) =>
  whole === undefined ? `${megabytes(size)} MB` : `${megabytes(size)} of ${megabytes(whole)} MB`;

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'the download took too long';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
