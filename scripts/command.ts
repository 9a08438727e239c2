// What commands have in common: a sentence at the end, whether it went well or not.
import { sentenceOf } from './sentence.ts';

/** `run` answers what to say when it is done. */
export async function command(run: () => Promise<string>): Promise<never> {
  try {
    process.stdout.write(`${await run()}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${fileTrouble(error) ?? sentenceOf(error)}\n`);
    process.exit(1);
  }
}

function fileTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return undefined;
  const path = 'dest' in error ? error.dest : error.path;
  if (error.code === 'EEXIST') return `${path} is there already: name another file.`;
  if (error.code === 'ENOENT') return `There is no file ${error.path}.`;
  return `${path} cannot be used (${error.code}).`;
}
