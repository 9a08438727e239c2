// When a room ends, for the host who founds its next meeting: what this device knows, or a host has signed since. The server
// may say that it is earlier, never that it is later.
import type { ToGroup } from '#e2ee/messages.ts';
import { MAX_LIFETIME_MS } from '#protocol';
import { policyFault, roomOf } from './hosts.ts';
import type { Identity } from './identity.ts';
import type { Life } from './ownRoom.ts';
import { decodePolicyBytes } from './policy.ts';

type Said = Omit<Extract<ToGroup, { type: 'found' }>, 'type' | 'meetingId'>;

/** What a host of some meeting of this room has signed. A former host may have signed it later; `latestEnd` bounds that. */
async function extendedTo(id: Identity, extended: Uint8Array | undefined): Promise<number> {
  const policy = extended && decodePolicyBytes(extended);
  if (!policy || roomOf(policy) !== id.roomId || (await policyFault(policy, id.rootHostHash))) return 0;
  return policy.expiresAt;
}

/** `tooLate`: the server says that the room lives longer than anybody has said who may. */
export async function lifeToFound(
  id: Identity,
  o: { known: Life | undefined; said: Said; now: number },
): Promise<{ life: Life; tooLate: boolean }> {
  const { known, said, now } = o;
  const latestEnd = Math.min(said.latestEnd, known?.latestEnd ?? now + MAX_LIFETIME_MS);
  if (!known) return { life: { expiresAt: Math.min(said.expiresAt, latestEnd), latestEnd }, tooLate: false };
  const extended = Math.min(await extendedTo(id, said.extended), known.latestEnd);
  const end = Math.max(known.expiresAt, extended);
  return {
    life: { expiresAt: Math.min(said.expiresAt, end, latestEnd), latestEnd },
    tooLate: said.expiresAt > end,
  };
}
