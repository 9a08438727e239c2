// Who we are in one room: keys of the link, device key, credential, and the ts-mls settings that go with them.
import {
  type Capabilities,
  type CiphersuiteImpl,
  type ClientConfig,
  type Credential,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  generateKeyPackageWithKey,
  type KeyPackage,
  type PrivateKeyPackage,
} from 'ts-mls';
import type { PeerId, RoomId, Suite } from '#protocol';
import { wipe } from '../link/bytes.ts';
import type { LinkFragmentParts } from '../link/fragment.ts';
import { idBytes } from '../link/ids.ts';
import { deriveLinkKeys, type LinkKeys, wipeLinkKeys } from '../link/keys.ts';
import { NAME_NONCE_BYTES, sealName } from '../link/names.ts';
import { makeLinkProof } from '../link/proof.ts';
import type { DeviceKey } from '../vault/deviceKey.ts';
import { encodeKeyPackageMessage } from './codec.ts';
import { encodeCredential, readCredential } from './credential.ts';
import { POLICY_EXTENSION } from './policy.ts';
import { MLS_NAMES, OPAQUE_SIGNER, suiteFor } from './suite.ts';

/** No grease: a key package says exactly what this client can do, and every one is alike. */
export const CAPABILITIES: Capabilities = {
  versions: ['mls10'],
  ciphersuites: Object.values(MLS_NAMES),
  extensions: [POLICY_EXTENSION],
  proposals: [],
  credentials: ['basic'],
};

/**
 * Good for this long before and after it was made. Longer: a server may announce somebody's old one again, who then has a
 * tile without being there. Shorter: a wrong clock keeps people out.
 */
const KEY_PACKAGE_LIFE_S = 3600n;

const seconds = (ms: number): bigint => BigInt(Math.floor(ms / 1000));

/** Clocks differ by minutes: what one member commits at the edge of a lifetime all the others must accept. */
const CLOCKS_S = 300n;
/** What we commit ourselves is good for this long before and after: the Welcome takes its time. */
const COMMIT_MARGIN_S = 60n;

/** RFC 9420 §7.2; ts-mls does not look at it when a commit comes in. For what others may commit. */
export const isCurrent = (leaf: KeyPackage['leafNode'], nowMs: number): boolean =>
  isGoodFor(leaf, nowMs, -CLOCKS_S);

/** For what we commit. */
export const isLasting = (leaf: KeyPackage['leafNode'], nowMs: number): boolean =>
  isGoodFor(leaf, nowMs, COMMIT_MARGIN_S);

function isGoodFor({ lifetime }: KeyPackage['leafNode'], nowMs: number, margin: bigint): boolean {
  const { notBefore, notAfter } = lifetime;
  const now = seconds(nowMs);
  const inside = notBefore + margin <= now && now + margin <= notAfter;
  return inside && notAfter - notBefore <= 2n * KEY_PACKAGE_LIFE_S;
}

export interface Identity {
  readonly roomId: RoomId;
  readonly rootHostHash: Uint8Array<ArrayBuffer>;
  readonly link: LinkKeys;
  readonly peerId: PeerId;
  readonly device: DeviceKey;
  readonly suite: CiphersuiteImpl;
  readonly config: ClientConfig;
  readonly credential: Credential;
}

/** A key package of ours, as announced and with its private halves. Used for one Welcome. */
export interface OwnKeyPackage {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
  readonly bytes: Uint8Array;
  readonly linkProof: Uint8Array<ArrayBuffer>;
}

/** ts-mls asks for each credential that it meets; its default accepts everyone (facts.md §5). */
const configFor = (link: LinkKeys): ClientConfig => ({
  keyRetentionConfig: defaultKeyRetentionConfig,
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: {
    validateCredential: async (credential, signatureKey) =>
      readCredential(link.nameKey, credential, signatureKey) !== undefined,
  },
});

export interface EnterInput {
  readonly roomId: RoomId;
  readonly fragment: LinkFragmentParts;
  readonly peerId: PeerId;
  readonly name: string;
  readonly device: DeviceKey;
  readonly suite: Suite;
  readonly random: (bytes: number) => Uint8Array<ArrayBuffer>;
}

export async function makeIdentity(input: EnterInput): Promise<Identity> {
  const peer = idBytes(input.peerId);
  if (!peer || !idBytes(input.roomId))
    throw new Error('The room id or peer id is not 16 bytes in base64url.');
  const link = await deriveLinkKeys(input.fragment.secret, input.roomId);
  const owner = { peerId: peer, signatureKey: input.device.publicKey };
  const sealed = sealName(link.nameKey, owner, { name: input.name, nonce: input.random(NAME_NONCE_BYTES) });
  return {
    roomId: input.roomId,
    rootHostHash: input.fragment.hostKeyHash,
    link,
    peerId: input.peerId,
    device: input.device,
    suite: await suiteFor(input.device, input.suite),
    config: configFor(link),
    credential: encodeCredential(peer, sealed),
  };
}

export async function makeKeyPackage(id: Identity, nowMs: number): Promise<OwnKeyPackage> {
  const now = seconds(nowMs);
  const lifetime = { notBefore: now - KEY_PACKAGE_LIFE_S, notAfter: now + KEY_PACKAGE_LIFE_S };
  const keys = { signKey: OPAQUE_SIGNER, publicKey: id.device.publicKey };
  const pair = await generateKeyPackageWithKey(id.credential, CAPABILITIES, lifetime, [], keys, id.suite);
  const bytes = encodeKeyPackageMessage(pair.publicPackage);
  return { ...pair, bytes, linkProof: await makeLinkProof(id.link.proofKey, id.roomId, bytes) };
}

export const wipeKeyPackage = (own: OwnKeyPackage): void =>
  wipe(own.privatePackage.initPrivateKey, own.privatePackage.hpkePrivateKey);

export const wipeIdentity = (id: Identity): void => wipeLinkKeys(id.link);
