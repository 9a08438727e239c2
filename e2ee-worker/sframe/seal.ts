// A frame on its way out: [made-up clear bytes] ‖ SFrame header ‖ ciphertext of the whole frame ‖ tag.
//
// In two steps, `begin` and `finish`, with WebCrypto between them, and in buffers that are used again: every promise and every
// allocation of this path shows in the bench. One frame at a time, which is what a stream gives.
import type { Slot } from '#protocol';
import type { FrameType } from '../codecs/index.ts';
import type { DropReason } from '../messages.ts';
import { encrypt } from './cipher.ts';
import type { KeyRing, SealKey } from './keyRing.ts';
import { Lead } from './lead.ts';
import { type TrackIdentity, trackMetadata } from './metadata.ts';

/** The new bytes of the frame, `untouched` for silence, or why it must not go on. */
export type Outcome = ArrayBuffer | 'untouched' | DropReason;

/** To be awaited and given to `finish`, unless it is settled already. */
export type Begun = Promise<Outcome> | DropReason | 'untouched';

export type SealKeys = Pick<KeyRing, 'sealKey' | 'sendingLife'>;

export class Sealer {
  readonly #keys: SealKeys;
  readonly #slot: Slot;
  readonly #emptyIsSilence: boolean;
  readonly #clear: Record<FrameType, Uint8Array>;
  readonly #metadata: Record<FrameType, Uint8Array>;
  #key: SealKey | undefined;
  /** Of that key. */
  #leads: Partial<Record<FrameType, Lead>> = {};
  /** Of the frame that is being encrypted. */
  #lead: Lead | undefined;

  constructor(keys: SealKeys, track: TrackIdentity) {
    this.#keys = keys;
    this.#slot = track.slot;
    this.#emptyIsSilence = track.codec.emptyIsSilence;
    this.#clear = { key: track.codec.clear('key'), delta: track.codec.clear('delta') };
    this.#metadata = trackMetadata(track);
  }

  begin(frame: ArrayBuffer, type: FrameType): Begun {
    const known = this.#key;
    if (known !== undefined && known.life === this.#keys.sendingLife)
      return this.#encrypt(known, frame, type);
    const key = this.#keys.sealKey(this.#slot);
    if (key === undefined) return 'no-key';
    // Once per key, well under a millisecond: frames do not pile up behind it.
    if (key instanceof Promise) return key.then<Outcome>((derived) => this.#encrypt(derived, frame, type));
    return this.#encrypt(key, frame, type);
  }

  finish(ciphertext: ArrayBuffer | Outcome): Outcome {
    if (typeof ciphertext === 'string') return ciphertext;
    const lead = this.#lead;
    this.#lead = undefined;
    if (lead === undefined || this.#key === undefined) return 'fault';
    if (this.#key.life.over) return 'no-key';
    const out = new Uint8Array(lead.sent.length + ciphertext.byteLength);
    out.set(lead.sent);
    out.set(new Uint8Array(ciphertext), lead.sent.length);
    return out.buffer;
  }

  /** What was begun has thrown. */
  failed(): DropReason {
    this.#lead = undefined;
    return 'fault';
  }

  #encrypt(key: SealKey, frame: ArrayBuffer, type: FrameType): Begun {
    // A second frame would overwrite the nonce under the first.
    if (this.#lead !== undefined) return 'fault';
    if (key.life.over) return 'no-key';
    if (this.#emptyIsSilence && frame.byteLength === 0) return 'untouched';
    // Taken before anything can fail: a counter is never used twice, at worst not at all.
    const ctr = key.counter.take();
    if (ctr === undefined) return 'no-key';
    if (this.#key !== key) {
      this.#key = key;
      this.#leads = {};
    }
    const lead = this.#leadFor(key, type, ctr);
    this.#lead = lead;
    return encrypt(key, lead.params, frame);
  }

  #leadFor({ kid, salt }: SealKey, type: FrameType, ctr: number): Lead {
    const known = this.#leads[type];
    if (known?.covers(ctr)) {
      known.count(ctr);
      return known;
    }
    const lead = new Lead({ clear: this.#clear[type], kid, ctr, metadata: this.#metadata[type], salt });
    this.#leads[type] = lead;
    return lead;
  }
}

/** Both steps in one, for those who are in no hurry: one frame at a time. */
export function sealer(keys: SealKeys, track: TrackIdentity) {
  const steps = new Sealer(keys, track);
  return async (frame: ArrayBuffer, type: FrameType): Promise<Outcome> => {
    try {
      return steps.finish(await steps.begin(frame, type));
    } catch {
      return steps.failed();
    }
  };
}
