// Strangers by the hundred at the door of a real host page.
import { randomFillSync } from 'node:crypto';
import { claimBody, MAX_WAITING, signedBytes } from '#protocol';
import { someone } from '../../e2ee-worker/mls/testing/insider.ts';
import { memoryVault } from '../../e2ee-worker/vault/deviceKey.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { RawClient, RequestRefused, readLink } from '../harness/rawClient.ts';
import { until } from '../harness/until.ts';
import { answers } from './seen.ts';
import { expect, test } from './test.ts';

const FLOOD = 500;
const AT_ONCE = 25;
/** More would hide the call behind strangers. */
const MOST_CARDS = 5;

/** One connection, one key, one knock: in the lobby, or why not. Every second one has no link, and makes up its proof. */
async function knock(link: string, n: number, clients: RawClient[]): Promise<string> {
  const { origin, roomId, fragment } = readLink(link);
  const client = await RawClient.connect(origin);
  clients.push(client);
  const { peerId } = await client.start();
  const { id, own } = await someone({ roomId, fragment, peerId, name: `Stranger ${n}` });
  const signature = await id.device.sign(signedBytes('claim', claimBody(roomId, peerId)));
  const linkProof = n % 2 === 0 ? own.linkProof : randomFillSync(new Uint8Array(32));
  const claim = { key: id.device.publicKey, signature };
  try {
    return (
      await client.ask('meeting:join', { roomId, keyPackage: own.bytes, linkProof, claim, suite: 'x25519' })
    ).entry;
  } catch (error) {
    if (error instanceof RequestRefused) return error.code;
    throw error;
  }
}

test('a flood of 500 knocks leaves the host’s page usable: it answers a click within a second, those who knocked before and whoever was met before stand first, and are let in', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const link = await ada.createMeeting(installation.url, { lobby: true });
  const vault = memoryVault();
  const grace = await GroupMember.enter(link, 'Grace', { vault });
  await ada.admit('Grace');
  await until(() => grace.view, { what: () => 'Grace to be in' });
  // Sent out, so that she has to knock again.
  await ada.remove('Grace');
  await expect(ada.tile('Grace')).toHaveCount(0);
  grace.client.close();
  const joan = await GroupMember.enter(link, 'Joan');

  const clients: RawClient[] = [];
  const outcomes: string[] = [];
  let again: GroupMember | undefined;
  let next = 0;
  const stranger = async () => {
    while (next < FLOOD) {
      const n = next++;
      // In the midst of them somebody whom the host's device knows.
      if (n === MAX_WAITING / 2) again = await GroupMember.enter(link, 'Grace', { vault });
      outcomes.push(await knock(link, n, clients));
    }
  };
  let over = false;
  const began = performance.now();
  const flood = Promise.all(Array.from({ length: AT_ONCE }, stranger)).finally(() => {
    over = true;
  });
  const clicks: number[] = [];
  while (!over) clicks.push(await answers(ada));
  await flood;
  expect(Math.max(...clicks), 'ms from a click to its panel').toBeLessThan(1_000);
  expect(outcomes.length).toBe(FLOOD);
  const heard = outcomes.filter((o) => o === 'lobby').length;
  // The host's page gives back the places of those without the link, and the server takes as many again: five in a second.
  const refilled = Math.ceil((5 * (performance.now() - began)) / 1_000);
  expect(heard, 'knocks that the server took').toBeLessThanOrEqual(MAX_WAITING + refilled);
  expect(new Set(outcomes)).toEqual(new Set(['lobby', 'LOBBY_FULL']));
  // Those without the link are not even shown.
  const shown = Number(await ada.byId('door').getAttribute('data-count'));
  expect(shown, 'knocks on the page').toBeLessThan(heard / 2 + 20);

  const cards = await ada.byId('knock').count();
  expect(cards, 'cards over the tiles of the call').toBeLessThanOrEqual(MOST_CARDS);
  const first = await ada.byId('knock').evaluateAll((all) => all.map((k) => k.getAttribute('data-name')));
  expect(first.slice(0, 2)).toEqual(['Grace', 'Joan']);
  await expect(ada.knockOf('Grace')).toHaveAttribute('data-mark', 'met');
  await ada.admit('Grace');
  await ada.admit('Joan');
  await until(() => again?.view && joan.view, { what: () => 'Grace and Joan to be in' });
  expect(await ada.names()).toEqual(['Ada', 'Grace', 'Joan']);
  for (const client of clients) client.close();
  for (const member of [again, joan]) await member?.leave();
});
