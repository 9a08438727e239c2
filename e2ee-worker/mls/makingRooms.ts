// Before anybody enters: a link for a new room, and what its creator chose for it.
import type { ToGroup } from '#e2ee/messages.ts';
import { wipe } from '../link/bytes.ts';
import { formatFragment, hostKeyHash, LINK_SECRET_BYTES } from '../link/fragment.ts';
import type { Host } from './host.ts';

/** This device's key is the root host key of every room that it makes. */
export async function makeRoom(host: Host): Promise<void> {
  const secret = host.random(LINK_SECRET_BYTES);
  const device = await host.vault.deviceKey();
  const hash = await hostKeyHash(device.publicKey);
  const fragment = formatFragment({ secret, hostKeyHash: hash });
  wipe(secret);
  host.emit({ type: 'room-made', fragment, hostKeyHash: hash });
}

export async function keepRoom(
  host: Host,
  { roomId, lobby }: Extract<ToGroup, { type: 'keep-room' }>,
): Promise<void> {
  const { memory } = host.vault;
  const before = (await memory.room(roomId)) ?? { issued: [] };
  await memory.rememberRoom({ ...before, roomId, lobby, usedAt: host.now() });
  host.emit({ type: 'room-kept' });
}
