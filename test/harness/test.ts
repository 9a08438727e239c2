// The `test` of all browser tests: an installation, people at pages, and no test ends with a complaint unheard.
import { type BrowserContextOptions, test as base, expect } from '@playwright/test';
import { type Camera, MODEST } from './camera.ts';
import { Person } from './person.ts';
import { type Installation, startInstallation } from './server.ts';

export { expect };

export type Seat = {
  context?: BrowserContextOptions;
  before?: readonly (() => void)[];
  /** The usual one where nothing is said; `full` is the product's own wish, 1280×720. */
  camera?: Camera | 'full';
  /** Another page of the same browser profile: same storage, same device. */
  sameDeviceAs?: Person;
};

type Fixtures = {
  /** Of people of whom nothing else is said; a configuration may say another. */
  usualCamera: Camera;
  /** A person with a browser context, device key and page of their own. */
  person: (name: string, seat?: Seat) => Promise<Person>;
  /** An installation that this test may break. */
  fragile: Installation;
};

export const test = base.extend<Fixtures, { installation: Installation }>({
  installation: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern.
    async ({}, use) => {
      const installation = await startInstallation();
      await use(installation);
      await installation.stop();
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern.
  fragile: async ({}, use) => {
    const installation = await startInstallation();
    await use(installation);
    await installation.stop();
  },
  usualCamera: [MODEST, { option: true }],
  person: async ({ browser, usualCamera }, use) => {
    const people: Person[] = [];
    await use(async (name, { context = {}, before = [], camera = usualCamera, sameDeviceAs } = {}) => {
      const open = () => browser.newContext({ viewport: { width: 1000, height: 700 }, ...context });
      const own = sameDeviceAs?.page.context() ?? (await open());
      const person = await Person.at(own, name, before, camera === 'full' ? undefined : camera);
      people.push(person);
      return person;
    });
    const complaints = (await Promise.all(people.map((p) => p.unforgiven()))).flat();
    await Promise.all(people.map((p) => p.page.context().close()));
    expect(complaints, 'errors and CSP violations in the pages').toEqual([]);
  },
});
