// Opens recorded frames with a member's keys: the proof that a recording is whole, and that a newcomer's keys open none of it.

import { type PeerId, SLOTS } from '#protocol';
import { findCodec } from '../../e2ee-worker/codecs/index.ts';
import type { DropReason, GroupToMedia } from '../../e2ee-worker/messages.ts';
import { KeyRing } from '../../e2ee-worker/sframe/keyRing.ts';
import { opener } from '../../e2ee-worker/sframe/open.ts';
import type { Frame } from './rtp.ts';
import { headerOf } from './sealedFrame.ts';

const codecs = { audio: findCodec('audio', 'opus'), video: findCodec('video', 'VP8') };

export type Opened = { frames: Frame[]; drops: Partial<Record<DropReason, number>> };

type EpochKeys = Extract<GroupToMedia, { type: 'epoch' }>;

/** Time stands still, so that no key dies while a recording is looked at. */
const newRing = () => new KeyRing({ now: () => 0, after: () => undefined });

/** Key id: slot (2 bits) ‖ leaf (10) ‖ epoch mod 16 (4). */
function partsOf(frame: Frame) {
  const keyId = Number(headerOf(frame).keyId);
  return { slot: SLOTS[keyId >> 14], leaf: (keyId >> 4) & 0x3ff, epochLow: keyId & 0xf };
}

/** The keys of every epoch that a member was on. */
export class KeyCollection {
  readonly #all: EpochKeys[] = [];

  readonly take = (message: GroupToMedia): void => {
    if (message.type === 'epoch') this.#all.push(message);
  };

  /** As the media worker would: each frame with the key that it names. */
  open(frames: readonly Frame[]): Promise<Opened> {
    const ring = newRing();
    for (const keys of this.#all) ring.install(copyOf(keys));
    return this.#openWith(frames, () => ring);
  }

  /** As an attacker would: each frame with this key, whatever epoch it names. */
  async openWithAny(frames: readonly Frame[]): Promise<Opened[]> {
    return Promise.all(
      this.#all.map((keys) => {
        const rings = Array.from({ length: 16 }, (_, epoch) => {
          const ring = newRing();
          ring.install({ ...copyOf(keys), epoch });
          return ring;
        });
        return this.#openWith(frames, (epochLow) => rings[epochLow]);
      }),
    );
  }

  async #openWith(
    frames: readonly Frame[],
    ringFor: (epochLow: number) => KeyRing | undefined,
  ): Promise<Opened> {
    const opened: Opened = { frames: [], drops: {} };
    for (const frame of frames) {
      const ring = ringFor(partsOf(frame).epochLow);
      const outcome = ring ? await this.#openOne(frame, ring) : 'no-key';
      if (typeof outcome === 'string') opened.drops[outcome] = (opened.drops[outcome] ?? 0) + 1;
      else opened.frames.push({ ...frame, bytes: outcome });
    }
    return opened;
  }

  async #openOne(frame: Frame, ring: KeyRing): Promise<Uint8Array | DropReason> {
    const { slot, leaf } = partsOf(frame);
    const codec = codecs[frame.kind];
    if (!slot || !codec) return 'malformed';
    const from = this.#peerAt(leaf);
    if (from === undefined) return 'no-key';
    const open = opener(ring, from, { slot, kind: frame.kind, codec });
    const outcome = await open(new Uint8Array(frame.bytes).buffer);
    if (outcome === 'untouched') return new Uint8Array();
    return typeof outcome === 'string' ? outcome : new Uint8Array(outcome);
  }

  #peerAt(leaf: number): PeerId | undefined {
    return this.#all.flatMap((keys) => keys.leaves).find((l) => l.leaf === leaf)?.peerId;
  }
}

/** The ring zeroes what it was given. */
function copyOf(keys: EpochKeys): EpochKeys {
  return { ...keys, baseKey: keys.baseKey.slice() };
}
