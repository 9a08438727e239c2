// Which Welcomes let us in: only one made with the link, for this room and meeting, with a tree we can read.
import {
  type ClientState,
  type Credential,
  createCommit,
  createGroup,
  type Extension,
  encodeRequiredCapabilities,
  type Proposal,
  type Welcome,
} from 'ts-mls';
import { extractWelcomeSecret, type GroupInfo, signGroupInfo } from 'ts-mls/groupInfo.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { accumulatePskSecret } from 'ts-mls/pskIndex.js';
import {
  decryptGroupInfo,
  decryptGroupSecrets,
  encryptGroupInfo,
  encryptGroupSecrets,
} from 'ts-mls/welcome.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { idBytes } from '../link/ids.ts';
import { linkPskIndex, pskNonceBytes, pskProposal } from '../link/psk.ts';
import { type DeviceKey, makeThrowAwayKey, memoryVault } from '../vault/deviceKey.ts';
import { decodeExactly, encodeWelcomeMessage } from './codec.ts';
import { encodeCredential } from './credential.ts';
import { type Identity, makeKeyPackage, type OwnKeyPackage } from './identity.ts';
import { decodeWelcome, joinFromWelcome } from './join.ts';
import { encodePolicy, type Policy, type PolicyBody } from './policy.ts';
import { newMeetingId, newPeerId } from './testing/delivery.ts';
import { addOf, random, someone } from './testing/insider.ts';
import { OPEN_DOOR, policyOf } from './testing/policies.ts';
import { type Page, World } from './testing/world.ts';

let world: World;
let bo: Page;
let meetingId: ReturnType<typeof newMeetingId>;
let rootDevice: DeviceKey;
let boPackage: OwnKeyPackage['publicPackage'];

/** Bo waits at the door of an empty house: every group he hears of is of our making. */
beforeEach(async () => {
  world = new World();
  const vault = memoryVault();
  await world.makeRoom(world.add('Maker', vault));
  rootDevice = await vault.deviceKey();
  bo = world.add('Bo');
  bo.onEmit = () => undefined;
  await bo.enter(world.fragment);
  meetingId = newMeetingId();
  await bo.give({ type: 'await-welcome', meetingId });
  const message = decodeExactly(bo.all('entered')[0]?.keyPackage ?? new Uint8Array());
  if (message?.wireformat !== 'mls_key_package') throw new Error('no key package');
  boPackage = message.keyPackage;
});

const elsewhere = random(16);

interface Made {
  readonly policy?: Partial<PolicyBody>;
  /** Put in after it was signed. */
  readonly unsigned?: Partial<Policy>;
  readonly signer?: DeviceKey;
  readonly extensions?: Extension[];
  readonly groupId?: Uint8Array;
  readonly proposals?: (id: Identity) => Proposal[];
  readonly founder?: { id: Identity; own: OwnKeyPackage };
}

/** Somebody with the link. */
const insider = (fragment = world.fragment) =>
  someone({ roomId: world.delivery.roomId, fragment, name: 'Eve' });
/** The one whose room it is. */
const root = () =>
  someone({ roomId: world.delivery.roomId, fragment: world.fragment, name: 'Eve', device: rootDevice });
const where = () => ({ roomId: world.delivery.roomId, meetingId, expiresAt: world.delivery.expiresAt });
const withPsk = (id: Identity): Proposal[] => [
  { proposalType: 'add', add: { keyPackage: boPackage } },
  pskProposal(id.link, random(pskNonceBytes(id.suite))),
];

async function makeWelcome(o: Made = {}): Promise<Uint8Array> {
  const { id, own } = o.founder ?? (await root());
  const meeting = idBytes(meetingId) ?? random(16);
  const signed = await policyOf({ device: o.signer ?? rootDevice }, where(), o.policy);
  const policy = encodePolicy({ ...signed, ...o.unsigned });
  const state: ClientState = await createGroup(
    o.groupId ?? meeting,
    own.publicPackage,
    own.privatePackage,
    o.extensions ?? [policy],
    id.suite,
  );
  const result = await createCommit(
    { state, cipherSuite: id.suite, pskIndex: linkPskIndex(id) },
    { wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals: (o.proposals ?? withPsk)(id) },
  );
  if (!result.welcome) throw new Error('no Welcome');
  return encodeWelcomeMessage(result.welcome);
}

async function expectRefused(welcome: Uint8Array, reason: RegExp, epoch = 1): Promise<void> {
  await bo.give({ type: 'welcomed', epoch, welcome });
  expect(bo.all('refused')).toEqual([
    { type: 'refused', what: 'welcome', reason: expect.stringMatching(reason) },
  ]);
  expect(bo.media).toEqual([]);
  expect(bo.view).toBeUndefined();
  // Still waiting: the right one gets in.
  await bo.give({ type: 'welcomed', epoch: 1, welcome: await makeWelcome() });
  expect(bo.view?.members.map((m) => m.name)).toEqual(['Eve', 'Bo']);
}

describe('a Welcome', () => {
  it('made with the link is taken', async () => {
    await bo.give({ type: 'welcomed', epoch: 1, welcome: await makeWelcome() });
    expect(bo.view?.epoch).toBe(1);
    expect(bo.all('refused')).toEqual([]);
  });

  it('without the key of the link is refused, even if everything else is right', async () => {
    const proposals = () => [{ proposalType: 'add' as const, add: { keyPackage: boPackage } }];
    await expectRefused(await makeWelcome({ proposals }), /made without the link/);
  });

  it('from a group of the server’s own is refused', async () => {
    const founder = await insider('A'.repeat(43));
    await expectRefused(await makeWelcome({ founder }), /made without the link/);
  });

  it('with a second pre-shared key beside that of the link is refused', async () => {
    const proposals = (id: Identity) => [
      ...withPsk(id),
      pskProposal(id.link, random(pskNonceBytes(id.suite))),
    ];
    await expectRefused(await makeWelcome({ proposals }), /made without the link/);
  });

  it('for another key package is refused', async () => {
    const other = await insider();
    const proposals = (id: Identity) => [
      addOf(other.own),
      pskProposal(id.link, random(pskNonceBytes(id.suite))),
    ];
    await expectRefused(await makeWelcome({ proposals }), /not for us/);
  });

  it.each<[string, Made, RegExp]>([
    ['of another room', { policy: { roomId: random(16) } }, /another room/],
    ['of another meeting', { policy: { meetingId: elsewhere }, groupId: elsewhere }, /another meeting/],
    ['with another group id', { groupId: random(16) }, /another meeting/],
    ['of an expired meeting', { policy: { expiresAt: 1 } }, /expired/],
    ['without a policy', { extensions: [] }, /no policy/],
  ])('%s is refused', async (_, made, reason) => {
    await expectRefused(await makeWelcome(made), reason);
  });

  it('whose policy names another root host than the link does is refused', async () => {
    const signer = await makeThrowAwayKey();
    await expectRefused(await makeWelcome({ signer }), /another host key than in the link/);
  });

  it('whose policy is signed by somebody who was never made a host is refused', async () => {
    const eve = await makeThrowAwayKey();
    const policy = { rootKey: rootDevice.publicKey };
    await expectRefused(await makeWelcome({ signer: eve, policy }), /signed by nobody who was made a host/);
  });

  it('whose policy was changed after a host had signed it is refused', async () => {
    await expectRefused(await makeWelcome({ unsigned: { expiresAt: 2 ** 45 } }), /policy is not signed/);
  });

  it('into a meeting with a lobby is refused by somebody whom no host has let in', async () => {
    const settings = { ...OPEN_DOOR, lobby: true };
    await expectRefused(await makeWelcome({ policy: { settings } }), /we may not come in: no ticket/);
  });

  it('with another extension beside the policy is refused', async () => {
    const policy = encodePolicy(await policyOf({ device: rootDevice }, where()));
    const nothing = { extensionTypes: [], proposalTypes: [], credentialTypes: [] };
    const extra: Extension = {
      extensionType: 'required_capabilities',
      extensionData: encodeRequiredCapabilities(nothing),
    };
    await expectRefused(await makeWelcome({ extensions: [policy, extra] }), /no policy/);
  });

  it('announced for another epoch is refused', async () => {
    await expectRefused(await makeWelcome(), /another epoch/, 5);
  });

  it('in whose tree a name does not open is refused', async () => {
    const { id } = await root();
    const peer = idBytes(id.peerId) ?? random(16);
    const credential: Credential = encodeCredential(peer, random(72));
    const nameless = { ...id, credential };
    const own = await makeKeyPackage(nameless, Date.now());
    await expectRefused(await makeWelcome({ founder: { id: nameless, own } }), /no credential of this link/);
  });

  it('in whose tree one peer has two leaves is refused', async () => {
    const { roomId } = world.delivery;
    const peerId = newPeerId();
    const founder = await someone({ roomId, fragment: world.fragment, peerId, device: rootDevice });
    const twin = await someone({ roomId, fragment: world.fragment, peerId });
    const proposals = (id: Identity) => [addOf(twin.own), ...withPsk(id)];
    await expectRefused(await makeWelcome({ founder, proposals }), /two leaves/);
  });

  it('that nobody waits for is refused, so that it cannot replace a group that works', async () => {
    await bo.give({ type: 'welcomed', epoch: 1, welcome: await makeWelcome() });
    const code = bo.view?.safetyCode;
    await bo.give({ type: 'welcomed', epoch: 1, welcome: await makeWelcome() });
    expect(bo.all('refused')).toEqual([
      expect.objectContaining({ what: 'welcome', reason: 'it was not asked for' }),
    ]);
    expect(bo.view?.safetyCode).toEqual(code);
  });
});

/** Opens a Welcome as the one it is for, changes the GroupInfo, and seals it again under the same secrets. */
async function tamper(
  welcome: Welcome,
  who: { id: Identity; own: OwnKeyPackage },
  change: (gi: GroupInfo) => Promise<GroupInfo>,
): Promise<Welcome> {
  const { suite, link } = who.id;
  const ref = await makeKeyPackageRef(who.own.publicPackage, suite.hash);
  const initKey = await suite.hpke.importPrivateKey(who.own.privatePackage.initPrivateKey);
  const secrets = await decryptGroupSecrets(initKey, ref, welcome, suite.hpke);
  if (!secrets) throw new Error('no secrets');
  const zero = new Uint8Array(suite.kdf.size);
  const [psk] = await accumulatePskSecret(secrets.psks, linkPskIndex({ link, suite }), suite, zero);
  const info = await decryptGroupInfo(welcome, secrets.joinerSecret, psk, suite);
  if (!info) throw new Error('no group info');
  const welcomeSecret = await extractWelcomeSecret(secrets.joinerSecret, psk, suite.kdf);
  const encryptedGroupInfo = await encryptGroupInfo(await change(info), welcomeSecret, suite);
  const to = await suite.hpke.importPublicKey(who.own.publicPackage.initKey);
  const { enc, ct } = await encryptGroupSecrets(to, encryptedGroupInfo, secrets, suite.hpke);
  const sealed = { newMember: ref, encryptedGroupSecrets: { kemOutput: enc, ciphertext: ct } };
  return { ...welcome, secrets: [sealed], encryptedGroupInfo };
}

describe('a GroupInfo', () => {
  const open = async (change: (gi: GroupInfo, founder: Identity) => Promise<GroupInfo>) => {
    const founder = await root();
    const cy = await someone({ roomId: world.delivery.roomId, fragment: world.fragment, name: 'Cy' });
    const proposals = (id: Identity) => [
      addOf(cy.own),
      pskProposal(id.link, random(pskNonceBytes(id.suite))),
    ];
    const welcome = decodeWelcome(cy.id, await makeWelcome({ founder, proposals }));
    const tampered = await tamper(welcome, cy, (gi) => change(gi, founder.id));
    const announced = { meetingId, epoch: 1, nowMs: 0, rights: [], returns: false };
    return joinFromWelcome(cy.id, cy.own, { welcome: tampered, announced, cache: new WeakMap() });
  };
  const resign = (gi: GroupInfo, by: Identity) => signGroupInfo(gi, new Uint8Array(), by.suite.signature);

  it('that is sealed again unchanged is taken (so the next tests fail for their own reason)', async () => {
    expect((await open((gi, founder) => resign(gi, founder))).roster.members).toHaveLength(2);
  });

  it('that no member signed is refused', async () => {
    await expect(open(async (gi) => resign(gi, (await insider()).id))).rejects.toThrow(
      /not signed by a member/,
    );
    await expect(open((gi, founder) => resign({ ...gi, signer: 17 }, founder))).rejects.toThrow(
      /signed by nobody/,
    );
  });

  it('whose confirmation tag is wrong is refused', async () => {
    const change = (gi: GroupInfo, by: Identity) => resign({ ...gi, confirmationTag: random(32) }, by);
    await expect(open(change)).rejects.toThrow(/confirmation tag/);
  });

  it('that brings more than the tree is refused', async () => {
    const extra: Extension = { extensionType: 'external_pub', extensionData: random(32) };
    const change = (gi: GroupInfo, by: Identity) =>
      resign({ ...gi, extensions: [...gi.extensions, extra] }, by);
    await expect(open(change)).rejects.toThrow(/more than a tree/);
  });
});
