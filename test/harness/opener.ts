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

/** The keys of every epoch that a member was on. Time stands still, so that none dies while a recording is looked at. */
export class KeyCollection {
  readonly #ring = new KeyRing({ now: () => 0, after: () => undefined });
  readonly #peers = new Map<number, PeerId>();
  readonly epochs: number[] = [];

  readonly take = (message: GroupToMedia): void => {
    if (message.type !== 'epoch') return;
    this.epochs.push(message.epoch);
    for (const { leaf, peerId } of message.leaves) this.#peers.set(leaf, peerId);
    this.#ring.install(message);
  };

  async open(frames: readonly Frame[]): Promise<Opened> {
    const opened: Opened = { frames: [], drops: {} };
    for (const frame of frames) {
      const outcome = await this.#openOne(frame);
      if (typeof outcome === 'string') opened.drops[outcome] = (opened.drops[outcome] ?? 0) + 1;
      else opened.frames.push({ ...frame, bytes: outcome });
    }
    return opened;
  }

  async #openOne(frame: Frame): Promise<Uint8Array | DropReason> {
    // Key id: slot (2 bits) ‖ leaf (10) ‖ epoch mod 16 (4).
    const keyId = Number(headerOf(frame).keyId);
    const slot = SLOTS[keyId >> 14];
    const codec = codecs[frame.kind];
    if (!slot || !codec) return 'malformed';
    const from = this.#peers.get((keyId >> 4) & 0x3ff);
    if (from === undefined) return 'no-key';
    const open = opener(this.#ring, from, { slot, kind: frame.kind, codec });
    const outcome = await open(new Uint8Array(frame.bytes).buffer);
    if (outcome === 'untouched') return new Uint8Array();
    return typeof outcome === 'string' ? outcome : new Uint8Array(outcome);
  }
}
