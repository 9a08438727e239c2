// What hosts ask of other people's pages, and pages do: hosts alone, and never more than the person has agreed to.
import {
  type MeetingId,
  type PeerId,
  type Req,
  type RequestName,
  signedBytes,
  type WordKind,
  wordBody,
} from '#protocol';
import { signCertificate, signTicket } from '../../e2ee-worker/mls/issuing.ts';
import { type DeviceKey, memoryVault } from '../../e2ee-worker/vault/deviceKey.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { framesAdvance } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { RequestRefused, readLink } from '../harness/rawClient.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

const isOn = (person: Person, device: 'mic' | 'camera', on: boolean) =>
  expect(person.byId(`toggle-${device}`), `${device} of ${person.name}`).toHaveAttribute(
    'aria-pressed',
    String(on),
  );

test('a host mutes one, asks to unmute, stops video and screen, and mutes all: each page does so and says who wants it, and no microphone goes on without its own person', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  const bo = await GroupMember.join(link, 'Bo');
  await ada.seesMoving('Grace');
  const micOff = ada.tile('Grace').getByLabel('Microphone off');
  await expect(micOff).toHaveCount(0);

  await ada.act('Grace', 'mute-member');
  await expect(grace.byId('notice')).toHaveText('Ada has muted you.');
  await isOn(grace, 'mic', false);
  await expect(micOff).toBeVisible();

  await ada.act('Grace', 'ask-unmute');
  await expect(grace.byId('asked-unmute')).toContainText('Ada asks you to switch your microphone on.');
  await grace.byId('unmute-decline').click();
  await isOn(grace, 'mic', false);
  await ada.act('Grace', 'ask-unmute');
  await expect(grace.byId('asked-unmute')).toBeVisible();
  await isOn(grace, 'mic', false);
  await grace.byId('unmute').click();
  await isOn(grace, 'mic', true);
  await expect(micOff).toHaveCount(0);

  await grace.byId('share-screen').click();
  const screen = ada.page.locator('[data-testid="screen-tile"][data-name="Grace"]');
  await framesAdvance(screen.locator('video'));
  await ada.act('Grace', 'stop-video-member');
  await expect(grace.byId('notice')).toHaveText('Ada has stopped your video.');
  await isOn(grace, 'camera', false);
  await expect(grace.byId('sharing-bar')).toHaveCount(0);
  await ada.sees('Grace', 'video-off');
  await expect(screen).toHaveCount(0);
  await grace.byId('toggle-camera').click();
  await ada.seesMoving('Grace');

  expect(bo.asked, 'nothing of all this was for Bo').toEqual([]);
  await ada.byId('open-host').click();
  await ada.byId('mute-all').click();
  await expect(ada.byId('notice')).toHaveText('Everybody else is muted.');
  await expect(grace.byId('notice')).toHaveText('Ada has muted you.');
  await isOn(grace, 'mic', false);
  await isOn(ada, 'mic', true);
  await until(() => bo.asked.length > 0, { what: () => 'Bo to be muted' });
  expect(bo.asked).toEqual([{ type: 'asked', what: 'mute', by: 'Ada' }]);
  await bo.leave();
});

type HostRequest = Extract<RequestName, `host:${string}`>;
type Mine = { device: DeviceKey; meetingId: MeetingId; link: string; epoch: number };

/** Whatever only hosts may ask of the server, well made and signed by somebody who is none. */
async function everything({ device, meetingId, link, epoch }: Mine, at: { victim: PeerId; waiting: PeerId }) {
  const { roomId } = readLink(link);
  const subject = device.publicKey;
  const [to, now] = [at.victim, Date.now()];
  const word = async (what: WordKind, receiver?: PeerId) => {
    const body = wordBody({ meetingId, to: receiver, what, at: now, issuer: subject });
    return Uint8Array.from(Buffer.concat([body, await device.sign(signedBytes('word', body))]));
  };
  const ticket = await signTicket(device, {
    ...{ roomId, meetingId, role: 'guest', verified: false, revision: 1, expiresAt: now + 60_000 },
    ...{ subjectHash: new Uint8Array(32), nonce: new Uint8Array(16) },
  });
  const requests: { [N in HostRequest]: readonly Req<N>[] } = {
    'host:say': [
      { to, word: await word('mute', to) },
      { to, word: await word('stop-video', to) },
      { to, word: await word('ask-unmute', to) },
      { word: await word('mute') },
      { word: await word('end') },
    ],
    'host:admit': [{ peerId: at.waiting, ticket }],
    'host:refuse': [{ peerId: at.waiting, block: true }],
    'host:remove': [
      { peerId: to, how: 'out' },
      { peerId: to, how: 'block' },
      { peerId: to, how: 'lobby' },
    ],
    'host:blocked': [{ keyHashes: [] }],
    'host:promote': [{ certificate: await signCertificate(device, { roomId, meetingId, subject }) }],
    'host:demote': [{ peerId: to }],
    'host:settings': [{ lobby: false, locked: false, verifiedOnly: false }],
    'host:extend': [{ expiresAt: now + 48 * 3_600_000, policy: new Uint8Array(400) }],
    'host:reject': [{ epoch }],
    'host:end': [{}],
  };
  return Object.entries(requests).flatMap(([name, all]) => all.map((request) => [name, request] as const));
}

test('a member who is no host and makes by hand every message of a host achieves nothing: each is refused, and no page hears of it', async ({
  installation,
  person,
}) => {
  const grace = await person('Grace');
  const pushed: string[] = [];
  grace.page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => pushed.push(String(payload))),
  );
  const [adas, eves] = [memoryVault(), memoryVault()];
  const { member: ada, link } = await GroupMember.found(installation.url, 'Ada', {
    lobby: true,
    vault: adas,
  });
  await grace.knock(link);
  await ada.admit('Grace');
  const eve = await GroupMember.enter(link, 'Eve', { vault: eves });
  await ada.admit('Eve');
  await grace.sees('Eve', 'video-off');
  const dan = await GroupMember.enter(link, 'Dan');
  await until(() => ada.knocks.length === 1 && eve.view, { what: () => 'Dan at the door, Eve inside' });
  const victim = ada.view?.members.find((m) => m.name === 'Grace')?.peerId;
  const { meetingId } = eve;
  if (!victim || !meetingId) throw new Error('nobody there');

  const device = await eves.deviceKey();
  const mine = { device, meetingId, link, epoch: eve.epoch - 1 };
  for (const [name, request] of await everything(mine, { victim, waiting: dan.peerId })) {
    expect(await eve.client.socket.emitWithAck(name, request), name).toMatchObject({ code: 'NOT_ALLOWED' });
  }
  // What her own page would do for her is refused on the way already.
  for (const what of ['mute', 'stop-video', 'end'] as const) await eve.do({ type: 'say', what });
  expect(eve.refusedDeeds).toEqual(Array(3).fill('Only a host can do that.'));
  // Whatever had reached Grace would have come before this.
  expect(pushed.filter((p) => p.includes('"host:said"'))).toEqual([]);
  await ada.do({ type: 'say', what: 'ask-unmute', to: victim });
  await ada.do({ type: 'say', what: 'mute', to: victim });
  await expect(grace.byId('notice')).toHaveText('Ada has muted you.');
  expect(pushed.filter((p) => p.includes('"host:said"'))).toHaveLength(2);
  await isOn(grace, 'camera', true);
  await expect(grace.byId('asked-unmute')).toHaveCount(0);
  expect(await grace.names()).toEqual(['Ada', 'Eve', 'Grace']);
  await expect(grace.byId('host-badge')).toHaveCount(1);
  expect([ada.knocks.map((k) => k.name), dan.view, ada.asked]).toEqual([['Dan'], undefined, []]);
  expect(ada.view?.settings).toMatchObject({ lobby: true, locked: false, verifiedOnly: false });
  const codeOf = (e: unknown) => (e instanceof RequestRefused ? e.code : String(e));
  expect(await eve.client.ask('host:end', {}).catch(codeOf), 'still').toBe('NOT_ALLOWED');
  for (const member of [dan, eve, ada]) member.client.close();
});
