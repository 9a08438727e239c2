// A frame on its way in: who made it, does the tag verify, was it seen before. Nothing is learned from a frame that fails.
//
// In two steps with WebCrypto between them, like seal.ts and for the same reason.
import type { PeerId } from '#protocol';
import type { Clear, Codec, FrameType } from '../codecs/index.ts';
import type { DropReason } from '../messages.ts';
import { decrypt } from './cipher.ts';
import { parseHeader } from './header.ts';
import { encodeKeyId, parseKeyId } from './keyId.ts';
import type { KeyRing, OpenKey } from './keyRing.ts';
import { TAG_BYTES } from './keys.ts';
import { Lead } from './lead.ts';
import { type TrackIdentity, trackMetadata } from './metadata.ts';
import type { Begun, Outcome } from './seal.ts';

/** What the codec leaves readable is bound into the metadata, in its canonical form. */
const NOT_SENT = new Uint8Array(0);

export type OpenKeys = Pick<KeyRing, 'openKey' | 'hasKeys'>;

/** A frame taken apart: clear bytes, header and ciphertext lie in it one behind the other. */
interface Parts {
  frame: ArrayBuffer;
  clear: Clear;
  kid: number;
  ctr: number;
}

export class Opener {
  readonly #keys: OpenKeys;
  readonly #from: PeerId;
  readonly #track: TrackIdentity;
  readonly #codec: Codec;
  readonly #metadata: Record<FrameType, Uint8Array>;
  #key: OpenKey | undefined;
  /** Of that key. */
  #leads: Partial<Record<FrameType, Lead>> = {};
  /** Of the frame that is being decrypted. */
  #ctr: number | undefined;

  constructor(keys: OpenKeys, from: PeerId, track: TrackIdentity) {
    this.#keys = keys;
    this.#from = from;
    this.#track = track;
    this.#codec = track.codec;
    this.#metadata = trackMetadata(track);
  }

  begin(frame: ArrayBuffer): Begun {
    const data = new Uint8Array(frame);
    if (data.length === 0 && this.#codec.emptyIsSilence) return this.#keys.hasKeys ? 'untouched' : 'no-key';
    const clear = this.#codec.readClear(data);
    if (clear === undefined) return 'malformed';
    const key = this.#key;
    const lead = this.#leads[clear.type];
    const ctr = lead?.counterIn(data, clear.length);
    // The key of the frame before, as long as nothing has begun to end its life: sender and slot were checked with it.
    if (!lead || !key || ctr === undefined || key.life.over || key.life.diesAt !== Number.POSITIVE_INFINITY)
      return this.#beginAnew(frame, data, clear);
    return this.#decrypt(key, lead, ctr, frame, clear.length);
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

  /** With all questions: who made it, which key. */
  #beginAnew(frame: ArrayBuffer, data: Uint8Array, clear: Clear): Begun {
    const header = parseHeader(data, clear.length);
    if (header === undefined || typeof header.ctr === 'bigint') return 'malformed';
    if (data.length < clear.length + header.length + TAG_BYTES) return 'malformed';
    const id = parseKeyId(header.kid);
    if (id === undefined) return 'no-key';
    if (id.slot !== this.#track.slot) return 'wrong-sender';
    const key = this.#keys.openKey(id, this.#from);
    if (typeof key === 'string') return key;
    const parts = { frame, clear, kid: encodeKeyId(id), ctr: header.ctr };
    // Once per key, well under a millisecond: frames do not pile up behind it.
    if (key instanceof Promise) return key.then<Outcome>((derived) => this.#decryptAnew(derived, parts));
    return this.#decryptAnew(key, parts);
  }

  #decryptAnew(key: OpenKey, { frame, clear, kid, ctr }: Parts): Begun {
    // Before the key of the first frame is exchanged for that of a second.
    if (this.#ctr !== undefined) return 'fault';
    if (key.life.over) return 'no-key';
    if (this.#key !== key) {
      this.#key = key;
      this.#leads = {};
    }
    const lead = new Lead({
      clear: NOT_SENT,
      kid,
      ctr,
      metadata: this.#metadata[clear.type],
      salt: key.salt,
    });
    this.#leads[clear.type] = lead;
    return this.#decrypt(key, lead, ctr, frame, clear.length);
  }

  #decrypt(key: OpenKey, lead: Lead, ctr: number, frame: ArrayBuffer, at: number): Begun {
    // A second frame would overwrite the nonce under the first.
    if (this.#ctr !== undefined) return 'fault';
    const body = at + lead.headerLength;
    if (frame.byteLength < body + TAG_BYTES) return 'malformed';
    lead.count(ctr);
    this.#ctr = ctr;
    return decrypt(key, lead.params, new Uint8Array(frame, body));
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
