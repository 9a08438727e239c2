// For tests: device keys, and what hosts sign with them. Only the group worker does this outside of tests.
import { randomBytes } from 'node:crypto';
import {
  type Certificate,
  certificateBody,
  claimBody,
  KEY_BYTES,
  MeetingId,
  type PeerId,
  RoomId,
  signedBytes,
  type Ticket,
  ticketBody,
  type Word,
  wordBody,
} from '#protocol';
import { hostKeyHash, keyHash } from '../keyHash.ts';
import { newId } from '../newId.ts';

type Label = Parameters<typeof signedBytes>[0];
type Bytes = Uint8Array<ArrayBuffer>;

/** A device with its Ed25519 key. */
export class TestDevice {
  readonly key: Bytes;
  readonly #secret: CryptoKey;

  private constructor(key: Bytes, secret: CryptoKey) {
    this.key = key;
    this.#secret = secret;
  }

  static async make(): Promise<TestDevice> {
    const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    const { publicKey, privateKey } = pair;
    return new TestDevice(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)), privateKey);
  }

  /** What room:create is given by the device that makes the room. */
  rootHash(): Bytes {
    return hostKeyHash(this.key);
  }

  async sign(label: Label, body: Uint8Array): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.sign('Ed25519', this.#secret, signedBytes(label, body)));
  }

  async claim(roomId: RoomId, peerId: PeerId) {
    return { key: this.key, signature: await this.sign('claim', claimBody(roomId, peerId)) };
  }

  /** Without `meetingId` for the whole room. */
  async certify(c: Pick<Certificate, 'roomId' | 'subject'> & { meetingId?: MeetingId }): Promise<Bytes> {
    const body = certificateBody({ meetingId: undefined, ...c, issuer: this.key });
    return joined(body, await this.sign('host certificate', body));
  }

  async ticket(t: Pick<Ticket, 'roomId' | 'meetingId'> & { subject: Uint8Array }): Promise<Bytes> {
    const { subject, ...ids } = t;
    const body = ticketBody({
      ...ids,
      subjectHash: keyHash(subject),
      role: 'guest',
      verified: false,
      nonce: new Uint8Array(randomBytes(16)),
      revision: 0,
      expiresAt: Date.UTC(2031, 0, 1),
      issuer: this.key,
    });
    return joined(body, await this.sign('ticket', body));
  }

  async word(w: Pick<Word, 'meetingId' | 'to' | 'what'>): Promise<Bytes> {
    const body = wordBody({ ...w, at: Date.UTC(2030, 0, 1), issuer: this.key });
    return joined(body, await this.sign('word', body));
  }
}

function joined(body: Uint8Array, signature: Uint8Array): Bytes {
  const all = new Uint8Array(body.length + signature.length);
  all.set(body);
  all.set(signature, body.length);
  return all;
}

/** A certificate of the right length that nobody has signed, for requests that fail for another reason. */
export const someCertificate = (): Bytes =>
  joined(
    certificateBody({
      roomId: newId(RoomId),
      meetingId: newId(MeetingId),
      subject: new Uint8Array(KEY_BYTES),
      issuer: new Uint8Array(KEY_BYTES),
    }),
    new Uint8Array(64),
  );
