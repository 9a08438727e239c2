// Before anybody enters: a link for a new room, and what its creator chose for it.
import type { ToGroup } from '#e2ee/messages.ts';
import { wipe } from '../link/bytes.ts';
import { formatFragment, LINK_SECRET_BYTES } from '../link/fragment.ts';
import { hostKeyHash } from '../link/keyHash.ts';
import type { Host } from './host.ts';

/** The clocks of server and creator may differ by this. Less: rooms are shorter than chosen. More: than a server can make them. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** This device's key is the root host key of every room that it makes. */
export async function makeRoom(host: Host): Promise<void> {
  const secret = host.random(LINK_SECRET_BYTES);
  const device = await host.vault.deviceKey();
  const hash = hostKeyHash(device.publicKey);
  const fragment = formatFragment({ secret, hostKeyHash: hash });
  wipe(secret);
  host.emit({ type: 'room-made', fragment, hostKeyHash: hash });
}

export async function keepRoom(
  host: Host,
  { roomId, lobby, suite, ...said }: Extract<ToGroup, { type: 'keep-room' }>,
): Promise<void> {
  const { memory } = host.vault;
  const before = (await memory.room(roomId)) ?? { issued: [] };
  const now = host.now();
  const latestEnd = Math.min(said.latestEnd, now + said.longestMs + CLOCK_SKEW_MS);
  const life = {
    expiresAt: Math.min(said.expiresAt, now + said.lifetimeMs + CLOCK_SKEW_MS, latestEnd),
    latestEnd,
  };
  await memory.rememberRoom({ ...before, roomId, lobby, suite, life, usedAt: now });
  host.emit({ type: 'room-kept' });
}
