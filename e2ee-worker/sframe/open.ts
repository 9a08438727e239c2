// A frame on its way in: who made it, does the tag verify, was it seen before. Nothing is learned from a frame that fails.
//
// In two steps with WebCrypto between them, like seal.ts and for the same reason.
import type { PeerId } from '#protocol';
import type { Clear, FrameType } from '../codecs/index.ts';
import type { DropReason } from '../messages.ts';
import { type Bytes, cipherParams, decrypt, writeNonce } from './cipher.ts';
import { type Header, parseHeader, type Uint64 } from './header.ts';
import { parseKeyId } from './keyId.ts';
import type { KeyRing, OpenKey } from './keyRing.ts';
import { NONCE_BYTES, TAG_BYTES } from './keys.ts';
import { type TrackIdentity, trackMetadata } from './metadata.ts';
import type { Begun, Outcome } from './seal.ts';

export type OpenKeys = Pick<KeyRing, 'openKey' | 'hasKeys'>;

/** A frame taken apart: clear bytes, header and ciphertext lie in `data` one behind the other. */
interface Parts {
  data: Bytes;
  clear: Clear;
  header: Header;
  ctr: number;
}

export class Opener {
  readonly #keys: OpenKeys;
  readonly #from: PeerId;
  readonly #track: TrackIdentity;
  readonly #metadata: Record<FrameType, Uint8Array>;
  readonly #nonce = new Uint8Array(NONCE_BYTES);
  #aad: Bytes = new Uint8Array(0);
  #params = cipherParams(this.#nonce, this.#aad);
  #kid: Uint64 | undefined;
  #key: OpenKey | undefined;
  /** Of the frame that is being decrypted. */
  #ctr: number | undefined;

  constructor(keys: OpenKeys, from: PeerId, track: TrackIdentity) {
    this.#keys = keys;
    this.#from = from;
    this.#track = track;
    this.#metadata = trackMetadata(track);
  }

  begin(frame: ArrayBuffer): Begun {
    const { codec } = this.#track;
    if (codec.emptyIsSilence && frame.byteLength === 0) return this.#keys.hasKeys ? 'untouched' : 'no-key';
    const data = new Uint8Array(frame);
    const clear = codec.readClear(data);
    if (clear === undefined) return 'malformed';
    const header = parseHeader(data, clear.length);
    if (header === undefined || typeof header.ctr === 'bigint') return 'malformed';
    if (data.length < clear.length + header.length + TAG_BYTES) return 'malformed';
    const key = this.#keyFor(header.kid);
    if (typeof key === 'string') return key;
    const parts = { data, clear, header, ctr: header.ctr };
    // Once per key, well under a millisecond: frames do not pile up behind it.
    if (key instanceof Promise) return key.then<Outcome>((derived) => this.#decrypt(derived, parts));
    return this.#decrypt(key, parts);
  }

  finish(plaintext: ArrayBuffer | Outcome): Outcome {
    if (typeof plaintext === 'string') return plaintext;
    const ctr = this.#ctr;
    this.#ctr = undefined;
    if (ctr === undefined || this.#key === undefined) return 'fault';
    if (this.#key.life.over) return 'no-key';
    return this.#key.window.accept(ctr) ? plaintext : 'replay';
  }

  /** What was begun has thrown. */
  failed(error: unknown): DropReason {
    this.#ctr = undefined;
    return error instanceof DOMException && error.name === 'OperationError' ? 'bad-tag' : 'fault';
  }

  /** The key of the frame before, as long as nothing has begun to end its life; sender and slot were checked with it. */
  #keyFor(kid: Uint64): OpenKey | Promise<OpenKey> | DropReason {
    const known = this.#key;
    if (known !== undefined && kid === this.#kid) {
      if (!known.life.over && known.life.diesAt === Number.POSITIVE_INFINITY) return known;
    }
    const id = parseKeyId(kid);
    if (id === undefined) return 'no-key';
    if (id.slot !== this.#track.slot) return 'wrong-sender';
    return this.#keys.openKey(id, this.#from);
  }

  #decrypt(key: OpenKey, { data, clear, header, ctr }: Parts): Begun {
    // A second frame would overwrite the nonce under the first.
    if (this.#ctr !== undefined) return 'fault';
    if (key.life.over) return 'no-key';
    this.#key = key;
    this.#kid = header.kid;
    this.#ctr = ctr;
    const body = clear.length + header.length;
    const metadata = this.#metadata[clear.type];
    const aad = this.#aadOf(header.length + metadata.length);
    for (let i = clear.length; i < body; i++) aad[i - clear.length] = data[i] ?? 0;
    aad.set(metadata, header.length);
    writeNonce(this.#nonce, key.salt, ctr);
    return decrypt(key, this.#params, data.subarray(body));
  }

  /** Made anew only when the header grows by a byte. */
  #aadOf(length: number): Bytes {
    if (this.#aad.length !== length) {
      this.#aad = new Uint8Array(length);
      this.#params = cipherParams(this.#nonce, this.#aad);
    }
    return this.#aad;
  }
}

/** Both steps in one, for those who are in no hurry: one frame at a time. */
export function opener(keys: OpenKeys, from: PeerId, track: TrackIdentity) {
  const steps = new Opener(keys, from, track);
  return async (frame: ArrayBuffer): Promise<Outcome> => {
    try {
      return steps.finish(await steps.begin(frame));
    } catch (error) {
      return steps.failed(error);
    }
  };
}
