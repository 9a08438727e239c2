// Clocks that differ: what still works, and what those are told who meet where it does not.
import { expect, it } from 'vitest';
import { World } from './testing/world.ts';

const MINUTE_MS = 60_000;

async function meeting(hostAhead: number, guestAhead: number) {
  const world = new World();
  const host = world.add('Ada');
  host.clockAheadMs = hostAhead * MINUTE_MS;
  await world.makeRoom(host);
  await host.enter(world.fragment);
  await world.until(() => host.view !== undefined);
  const guest = world.add('Bo');
  guest.clockAheadMs = guestAhead * MINUTE_MS;
  await guest.enter(world.fragment);
  return { world, host, guest };
}

it.each([
  [58, 0],
  [-58, 0],
  [0, 58],
  [0, -58],
  [29, -29],
])('people meet whose clocks are %s and %s minutes ahead', async (hostAhead, guestAhead) => {
  const { world, host, guest } = await meeting(hostAhead, guestAhead);
  await world.until(() => world.together([host, guest]));
});

it.each([
  [62, 0, 'made 62 minutes ago, or by a clock that is so far behind this computer’s'],
  [0, 62, 'made by a clock that is 62 minutes ahead of this computer’s'],
])(
  'somebody whose clock says %s minutes refuses one whose clock says %s, and says how far they are apart',
  async (hostAhead, guestAhead, words) => {
    const { world, host, guest } = await meeting(hostAhead, guestAhead);
    await world.until(() => host.all('refused').length > 0);
    expect(host.all('refused').map((r) => r.reason)).toEqual([words]);
    await world.pass(MINUTE_MS);
    expect(guest.view).toBeUndefined();
  },
);
