// Sees to a Postgres for the tests of storage: TEST_DATABASE_URL, an installed one, or Debian's package where installing is
// ours to do. Without one those tests are left out, by name; nothing else depends on it.
import { installPackages } from '../sfu/worker/buildPackages.ts';
import { toldToStop } from '../sfu/worker/run.ts';
import { findPostgres } from '../signaling/storage/testing/findPostgres.ts';
import { sentenceOf } from './sentence.ts';

export async function seeToPostgres(report: (line: string) => void): Promise<void> {
  if (findPostgres()) return;
  try {
    await installPackages(['postgresql'], 'to test storage in Postgres', report);
  } catch (error) {
    if (!toldToStop()) report(sentenceOf(error));
  }
  if (findPostgres()) return;
  report('There is no Postgres: its half of the storage tests is left out. TEST_DATABASE_URL may name one.');
}
