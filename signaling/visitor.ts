// Who stands at the door: a device key that was shown, and whether it makes a host of this room.
import {
  type Arrival,
  type Certificate,
  claimBody,
  openCertificate,
  type PeerId,
  type Req,
  type Suite,
  sameBytes,
  verifySigned,
} from '#protocol';
import { hostKeyHash } from './keyHash.ts';
import { Refusal } from './refusal.ts';
import type { Room } from './rooms.ts';

export interface Visitor {
  readonly key: Uint8Array;
  /** The key as text: what Maps are kept by. */
  readonly name: KeyName;
  /** The device key of the room's creator. */
  readonly root: boolean;
  /** By the root key, for this key and every meeting of this room; verified. */
  readonly certificate: Uint8Array | undefined;
  readonly arrival: Arrival;
  /** Of its key packages. */
  readonly suite: Suite;
}

/** A device key as text. */
export type KeyName = string & { readonly KeyName: unique symbol };

// The brand is made here and nowhere else.
export const nameOf = (key: Uint8Array): KeyName => Buffer.from(key).toString('base64url') as KeyName;

export const keyOf = (name: KeyName): Uint8Array => Buffer.from(name, 'base64url');

/** Of the room, not of one meeting only. Nothing else that a client says makes it a host. */
export const isHostOfRoom = (visitor: Visitor): boolean => visitor.root || visitor.certificate !== undefined;

/** Refuses a claim that its key did not sign for this very peer and room. A certificate that is no good is ignored. */
export async function visitorOf(peerId: PeerId, room: Room, req: Req<'meeting:join'>): Promise<Visitor> {
  const key = Uint8Array.from(req.claim.key);
  const body = claimBody(room.id, peerId);
  if (!(await verifySigned('claim', { body, key, signature: req.claim.signature }))) {
    throw new Refusal('BAD_REQUEST', 'the claim is not signed by its key for this peer and room');
  }
  const certificate = req.certificate && Uint8Array.from(req.certificate);
  const good = certificate && (await certifies(certificate, room, key));
  return {
    key,
    name: nameOf(key),
    root: isRootKey(room, key),
    certificate: good ? certificate : undefined,
    arrival: arrivalOf(peerId, req),
    suite: req.suite,
  };
}

export const isRootKey = (room: Room, key: Uint8Array): boolean =>
  sameBytes(hostKeyHash(key), room.hostKeyHash);

/** Whether it makes this key a host in every meeting of the room. */
async function certifies(bytes: Uint8Array, room: Room, key: Uint8Array): Promise<boolean> {
  const certificate = await openCertificate(bytes);
  if (!certificate || !sameBytes(certificate.subject, key)) return false;
  return isForRoom(certificate, room);
}

/** Only the root key makes hosts of the room: one that was made a host makes none. */
export async function isForRoom(certificate: Certificate, room: Room): Promise<boolean> {
  const wholeRoom = certificate.roomId === room.id && certificate.meetingId === undefined;
  return wholeRoom && isRootKey(room, certificate.issuer);
}

/** Copies: the parsed bytes are views into larger network buffers. */
export function arrivalOf(peerId: PeerId, from: Pick<Arrival, 'keyPackage' | 'linkProof'>): Arrival {
  return {
    peerId,
    keyPackage: Uint8Array.from(from.keyPackage),
    linkProof: Uint8Array.from(from.linkProof),
  };
}

/** The same visitor with another right, or none: what it came with may be worth nothing here. */
export function withRight(visitor: Visitor, right: Uint8Array | undefined): Visitor {
  const { right: _before, ...bare } = visitor.arrival;
  return { ...visitor, arrival: right ? { ...bare, right } : bare };
}
