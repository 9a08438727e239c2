// Second stage of npm run admin:link: an invitation by whoever has the machine, for when no admin can sign in; also while
// servers run. It needs no password of anybody, and is in the audit log.
import { invite } from '../signaling/accounts/invitations.ts';
import { systemClock } from '../signaling/clock.ts';
import { loadOrigin } from '../signaling/config.ts';
import { Ledger } from '../signaling/storage/Ledger.ts';
import { StoredAccounts } from '../signaling/storage/StoredAccounts.ts';
import { CannotStart } from './CannotStart.ts';
import { command } from './command.ts';
import { withChain } from './withChain.ts';

await command(async () => {
  if (process.argv.length > 2) throw new CannotStart('It takes no arguments: npm run admin:link');
  const origin = loadOrigin(process.env);
  return withChain(async ({ db, chain }) => {
    const ledger = new Ledger({ db, chain, clock: systemClock });
    const wish = { role: 'admin', by: { by: 'command line' }, now: systemClock.now() } as const;
    const { token } = await invite(new StoredAccounts(db, ledger), wish);
    return `This link makes another admin, once, within seven days. Whoever has it can use it: ${origin}/claim#${token}`;
  });
});
