// For tests, a process of its own: appends to the audit chain until it has done so ROWS times, or until it is killed, and says
// the number after each answer.
import { writeSync } from 'node:fs';
import { audited } from '../../audit/events.ts';
import { openChain } from '../../auditing.ts';
import { systemClock } from '../../clock.ts';
import { loadStorageConfig } from '../../config.ts';
import { openDatabase } from '../database.ts';

const config = loadStorageConfig(process.env);
const database = await openDatabase(config, () => undefined);
const { chain } = await openChain(config, { database, clock: systemClock });
for (let i = 0; i < Number(process.env.ROWS); i++) {
  const [row] = await chain.append([audited('audit:exported', Date.now(), { by: `p${process.pid}` })]);
  // Written before this returns: what was said is no longer ours to lose.
  if (row?.kind === 'row') writeSync(1, `kept ${row.seq}\n`);
}
await database.close();
