// Before what cannot be undone: somebody who has a session shows once more who that is.
import { Problem } from '../problem.ts';
import type { AccountDesk } from './AccountDesk.ts';
import type { AddressLimits } from './AddressLimits.ts';
import type { SignedIn } from './accounts.ts';

interface Deps {
  readonly desk: Pick<AccountDesk, 'confirms'>;
  readonly limits: Pick<AddressLimits, 'takeGuess'>;
}

/** A session that has just begun will do, or the password. Throws a Problem. */
export async function confirmed(
  { desk, limits }: Deps,
  signedIn: SignedIn,
  password: string | undefined,
): Promise<void> {
  if (password !== undefined && !limits.takeGuess(signedIn.account.email)) throw new Problem('RATE_LIMITED');
  if (!(await desk.confirms(signedIn, password))) throw new Problem('CONFIRM');
}
