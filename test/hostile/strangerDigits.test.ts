// Somebody who has heard of the room, has no link, and claims at its door to be another device of the host.
import { randomFillSync } from 'node:crypto';
import { claimBody, DELEGATION_BYTES, LINK_PROOF_BYTES, signedBytes } from '#protocol';
import { someone } from '../../e2ee-worker/mls/testing/insider.ts';
import { RawClient, readLink } from '../harness/rawClient.ts';
import { expect, test } from './test.ts';

const junk = (length: number) => randomFillSync(new Uint8Array(length));

test('digits that come with a knock without the link end no host’s page, now or after a reload, and let nobody in', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const link = await ada.createMeeting(installation.url, { lobby: true });
  const { origin, roomId, fragment } = readLink(link);
  const client = await RawClient.connect(origin);
  const { peerId } = await client.start();
  const { id, own } = await someone({ roomId, fragment, peerId, name: 'Mallory' });
  const signature = await id.device.sign(signedBytes('claim', claimBody(roomId, peerId)));
  const claim = { key: id.device.publicKey, signature };
  const linkProof = junk(LINK_PROOF_BYTES);
  // In one breath: the host's page has whoever cannot have the link sent away at once.
  const [{ entry }] = await Promise.all([
    client.ask('meeting:join', { roomId, keyPackage: own.bytes, linkProof, claim, suite: 'x25519' }),
    client.ask('lobby:delegate', { mac: junk(DELEGATION_BYTES) }),
  ]);
  expect(entry).toBe('lobby');

  // A guest who knocks later is served by the same page: what came before did not end it.
  const grace = await person('Grace');
  await grace.knock(link);
  await ada.admit('Grace');
  await grace.sees('Ada', 'live');
  await ada.page.reload();
  await ada.sees('Grace', 'live', 30_000);
  expect(await ada.endedBecause()).toBeNull();
  expect(await ada.names()).toEqual(['Ada', 'Grace']);
  client.close();
});
