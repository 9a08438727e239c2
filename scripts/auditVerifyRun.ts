// Second stage of npm run audit:verify: verifies an export with the public key alone, on whatever machine.
import { verifyFile } from '../signaling/audit/exportFile.ts';
import { pathGiven, summaryOf } from './auditCommand.ts';
import { CannotStart } from './CannotStart.ts';
import { command } from './command.ts';
import { withChain } from './withChain.ts';

const INSTEAD = ', or give the public key after the file';

await command(async () => {
  const [given, publicKey, ...more] = process.argv.slice(2);
  if (!given || more.length > 0)
    throw new CannotStart(
      'Name the export and the public key that it was signed with: npm run audit:verify -- FILE KEY',
    );
  // Without one: that of the installation on this machine. Never one out of the file, which whoever changed that would change, too.
  const key = publicKey ?? (await withChain(async (own) => own.key.publicKey, INSTEAD));
  return `${given} is whole and unchanged: ${summaryOf(await verifyFile(pathGiven(given), key))}.`;
});
