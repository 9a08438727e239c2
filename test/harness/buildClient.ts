// Builds the client once before the browser tests when its sources changed, so that they never test yesterday's page.
import { join } from 'node:path';
import { ensureClient } from '../../scripts/clientBuild.ts';

export default async function buildClient(): Promise<void> {
  await ensureClient(join(import.meta.dirname, '../..'), (line) => process.stderr.write(`${line}\n`));
}
