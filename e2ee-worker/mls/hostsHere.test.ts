// Whoever waits is told the names of hosts who prove it, by the root key of the link and what that key has signed.
import { expect, it } from 'vitest';
import type { Arrival, Push } from '#protocol';
import { type Page, World } from './testing/world.ts';

const roleOf = (at: Page, of: Page) => at.view?.members.find((m) => m.peerId === of.peerId)?.role;
const certificateBy = (page: Page) =>
  page.all('ask-server').flatMap((e) => (e.name === 'host:promote' ? [e.data.certificate] : []))[0];

function arrivalOf(page: Page, right: Uint8Array | undefined): Arrival {
  const [entered] = page.all('entered');
  if (!entered) throw new Error('it has not entered');
  const { keyPackage, linkProof } = entered;
  return { peerId: page.peerId, keyPackage, linkProof, ...(right && { right: Uint8Array.from(right) }) };
}

/** Ada, whose room it is, has made Bo a host; Bo has made Cy one; Eve is a guest and Dan waits. */
async function atTheDoor() {
  const world = new World({ admission: 'lobby' });
  const ada = await world.found('Ada');
  const [bo, cy, eve] = [
    await world.admit(ada, 'Bo'),
    await world.admit(ada, 'Cy'),
    await world.admit(ada, 'Eve'),
  ];
  await ada.give({ type: 'promote', peerId: bo.peerId });
  await world.until(() => roleOf(bo, bo) === 'host' && roleOf(ada, bo) === 'host');
  await bo.give({ type: 'promote', peerId: cy.peerId });
  await world.until(() => roleOf(cy, cy) === 'host' && roleOf(bo, cy) === 'host');
  const dan = await world.join('Dan');
  const told = async (hosts: Push<'lobby:hosts'>['hosts']) => {
    await dan.give({ type: 'lobby-hosts', hosts });
    return dan.all('lobby-hosts').at(-1)?.names;
  };
  return { ada, bo, cy, eve, told };
}

it('the root host, and whom it has made a host of this meeting', async () => {
  const { ada, bo, told } = await atTheDoor();
  expect(await told([arrivalOf(ada, undefined), arrivalOf(bo, certificateBy(ada))])).toEqual(['Ada', 'Bo']);
  expect(await told([arrivalOf(bo, certificateBy(ada))])).toEqual(['Bo']);
});

it("nobody who shows nothing, another's certificate, or that of a host who is not the root host", async () => {
  const { ada, bo, cy, eve, told } = await atTheDoor();
  expect(await told([arrivalOf(bo, undefined), arrivalOf(eve, certificateBy(ada))])).toEqual([]);
  expect(await told([arrivalOf(cy, certificateBy(bo))])).toEqual([]);
});
