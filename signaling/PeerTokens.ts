// What a page shows to be the same peer again. For a guest it is all that the server has given it; kept nowhere here.
//
//   0   1            7
//   ├ 1 ┼ good until ┼ HMAC-SHA-256 ┤   in base64url
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { type PeerId, ResumeToken } from '#protocol';
import type { Clock } from './clock.ts';

const VERSION = 1;
const TIME_BYTES = 6;
const SIGNED_BYTES = 1 + TIME_BYTES;

/**
 * From when the connection was made; each new one brings a new token. More: one that was stolen is good for longer, as long as its
 * peer is there. Less: a short loss of the network late in a long meeting makes its page join anew.
 */
const GOOD_FOR_MS = 24 * 60 * 60 * 1000;

export interface Claim {
  readonly peerId: PeerId;
  readonly token: ResumeToken;
}

export class PeerTokens {
  /** Of this process, as the places are that its tokens lead to. */
  readonly #key = randomBytes(32);
  readonly #clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  tokenFor(peerId: PeerId): ResumeToken {
    const signed = Buffer.alloc(SIGNED_BYTES);
    signed.writeUInt8(VERSION);
    signed.writeUIntBE(this.#clock.now() + GOOD_FOR_MS, 1, TIME_BYTES);
    const token = Buffer.concat([signed, this.#mac(peerId, signed)]);
    return z.parse(ResumeToken, token.toString('base64url'));
  }

  isGood({ peerId, token }: Claim): boolean {
    const bytes = Buffer.from(token, 'base64url');
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const mac = this.#mac(peerId, signed);
    if (bytes.length !== SIGNED_BYTES + mac.length) return false;
    if (!timingSafeEqual(bytes.subarray(SIGNED_BYTES), mac)) return false;
    return signed[0] === VERSION && this.#clock.now() < signed.readUIntBE(1, TIME_BYTES);
  }

  #mac(peerId: PeerId, signed: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(`in-camera 1 peer\0${peerId}\0`).update(signed).digest();
  }
}
