// Second stage of npm run audit:export: the whole audit log as a file, also while servers run.
import { exportTo } from '../signaling/audit/exportFile.ts';
import { pathGiven, summaryOf } from './auditCommand.ts';
import { CannotStart } from './CannotStart.ts';
import { command } from './command.ts';
import { withChain } from './withChain.ts';

await command(async () => {
  const [given, ...more] = process.argv.slice(2);
  if (!given || more.length > 0)
    throw new CannotStart('Name one file, which ends with .jsonl or .csv: npm run audit:export -- FILE');
  const file = pathGiven(given);
  return withChain(async ({ chain, key }) => {
    const verified = await exportTo(file, chain.export({ by: 'command line' }), key.publicKey);
    return `${file} has ${summaryOf(verified)}. Whoever verifies it needs this public key, on another way than the file: ${key.publicKey}`;
  });
});
