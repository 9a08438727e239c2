// The `test` of the hostile suite: an installation whose sfu can be bent, and a relay between pages and signaling.
import { join } from 'node:path';
import { SMALL } from '../harness/camera.ts';
import type { Person } from '../harness/person.ts';
import { type Installation, startInstallation } from '../harness/server.ts';
import { test as base } from '../harness/test.ts';
import { Bender } from './bender.ts';
import { Relay } from './relay.ts';

export { expect } from '../harness/test.ts';

type Fixtures = {
  relay: Relay;
  /** The sfu of this test splices every stream. */
  bender: Bender;
  /** All of them in one meeting, in this order, each through a door of the relay; answers the invite link. */
  meet: (people: readonly Person[]) => Promise<string>;
};

export const test = base.extend<Fixtures, { installation: Installation }>({
  installation: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern.
    async ({}, use) => {
      const installation = await startInstallation({ sfu: join(import.meta.dirname, 'bentSfu.ts') });
      await use(installation);
      await installation.stop();
    },
    { scope: 'worker' },
  ],
  person: async ({ person }, use) => {
    // An attack is to cost the processor, not the encoders of three pages.
    await use((name, seat) => person(name, { ...seat, camera: SMALL }));
  },
  relay: async ({ installation }, use) => {
    const relay = new Relay(installation.url);
    await use(relay);
    await relay.close();
  },
  bender: async ({ installation }, use) => {
    const bender = new Bender(installation.sfu.child);
    await bender.splice(true);
    await use(bender);
    await bender.splice(false);
  },
  meet: async ({ relay }, use) => {
    await use(async ([first, ...others]) => {
      if (!first) throw new Error('nobody is to meet');
      const link = await first.createMeeting(await relay.door(first.name));
      for (const one of others) await one.joinByLink(await relay.through(one.name, link));
      return link;
    });
  },
});
