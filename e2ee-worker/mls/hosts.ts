// Who is a host: the root key of the link, and keys whose certificates lead to it.
import { type Certificate, MeetingId, openCertificate, RoomId, signedBytes, verifySigned } from '#protocol';
import { toBase64url } from '../link/base64url.ts';
import { equalBytes } from '../link/bytes.ts';
import { hostKeyHash } from '../link/keyHash.ts';
import type { DeviceKey } from '../vault/deviceKey.ts';
import { encodeBody, type HostEntry, type Policy, type PolicyBody, subjectOf } from './policy.ts';

export const roomOf = (p: PolicyBody): RoomId => RoomId.parse(toBase64url(p.roomId));
export const meetingOf = (p: PolicyBody): MeetingId => MeetingId.parse(toBase64url(p.meetingId));

export const entryOf = (p: PolicyBody, key: Uint8Array): HostEntry | undefined =>
  p.hosts.find((h) => equalBytes(subjectOf(h), key));

export const isRoot = (p: PolicyBody, key: Uint8Array): boolean => equalBytes(p.rootKey, key);

/** Is this the key of a host now? */
export const isHost = (p: PolicyBody, key: Uint8Array): boolean =>
  isRoot(p, key) ? p.rootActive : entryOf(p, key)?.active === true;

/** Is, or has been in this meeting. */
export const isListed = (p: PolicyBody, key: Uint8Array): boolean =>
  isRoot(p, key) || entryOf(p, key) !== undefined;

/** A certificate of the root key that makes `key` a host of every meeting of this room. */
export function isRoomCertificate(
  c: Certificate,
  o: { roomId: RoomId; rootKey: Uint8Array; key: Uint8Array },
): boolean {
  return (
    c.meetingId === undefined &&
    c.roomId === o.roomId &&
    equalBytes(c.issuer, o.rootKey) &&
    equalBytes(c.subject, o.key)
  );
}

/** The same when only the link's hash of the root key is known. */
export async function opensRoom(
  bytes: Uint8Array,
  o: { roomId: RoomId; rootHostHash: Uint8Array; key: Uint8Array },
): Promise<Certificate | undefined> {
  const c = await openCertificate(bytes);
  if (!c || !isRoomCertificate(c, { ...o, rootKey: c.issuer })) return undefined;
  return equalBytes(hostKeyHash(c.issuer), o.rootHostHash) ? c : undefined;
}

/** Every certificate by the root key, or, for this meeting only, by a host that stands before it in the list. */
async function certified(p: Policy): Promise<boolean> {
  const [roomId, meetingId] = [roomOf(p), meetingOf(p)];
  const issuers = [p.rootKey];
  for (const h of p.hosts) {
    const c = await openCertificate(h.certificate);
    if (!c || c.roomId !== roomId) return false;
    const known = c.meetingId === undefined ? [p.rootKey] : issuers;
    if (c.meetingId !== undefined && c.meetingId !== meetingId) return false;
    if (!known.some((k) => equalBytes(k, c.issuer))) return false;
    issuers.push(c.subject);
  }
  return true;
}

/** Undefined when every signature in it is good and it comes from the root key of this link. */
export async function policyFault(p: Policy, rootHostHash: Uint8Array): Promise<string | undefined> {
  if (!equalBytes(hostKeyHash(p.rootKey), rootHostHash)) return 'another host key than in the link';
  if (!(await certified(p))) return 'a host without a good certificate';
  if (!isListed(p, p.signer)) return 'its policy is signed by nobody who was made a host';
  const { signer: key, signature } = p;
  const signed = await verifySigned('policy', { body: encodeBody(p), key, signature });
  return signed ? undefined : 'its policy is not signed';
}

export async function signPolicy(device: DeviceKey, body: Omit<PolicyBody, 'signer'>): Promise<Policy> {
  const p = { ...body, signer: device.publicKey };
  return { ...p, signature: await device.sign(signedBytes('policy', encodeBody(p))) };
}
