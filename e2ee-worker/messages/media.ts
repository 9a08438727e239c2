// What the media worker is told by the group worker and the page, and what it tells the page.
import * as z from 'zod/mini';
import { Epoch, exactBytes, MediaKind, PeerId, Slot } from '#protocol';
import { DropReason, SharedCounts } from './counts.ts';
import { port, text } from './parts.ts';

// ── group worker → media worker (private port; nothing comes back) ─────────────────────────────────────────────────────

const leaf = z.number().check(z.int(), z.gte(0), z.lt(1024));

export const GroupToMedia = z.discriminatedUnion('type', [
  /** Receive keys of a new epoch, from which on older ones live 10 s; `sendNow` when someone was removed (or on the first epoch). */
  z.strictObject({
    type: z.literal('epoch'),
    epoch: Epoch,
    /** 16 bytes, RFC 9605 §5.2. Zeroed by the receiver once derived. */
    baseKey: exactBytes(16),
    selfLeaf: leaf,
    leaves: z.array(z.strictObject({ leaf, peerId: PeerId })).check(z.maxLength(1024)),
    sendNow: z.boolean(),
  }),
  /** The roster has confirmed, or 1 s has passed: senders switch. */
  z.strictObject({ type: z.literal('send-on'), epoch: Epoch }),
  /** The group has gone on without us: nothing is sent until its next epoch comes; what is received still opens. */
  z.strictObject({ type: z.literal('hold') }),
  /** Every key dies now. */
  z.strictObject({ type: z.literal('erase') }),
]);
export type GroupToMedia = z.output<typeof GroupToMedia>;

// ── page → media worker ────────────────────────────────────────────────────────────────────────────────────────────────

export const ToMedia = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('group-port'), port }),
  z.strictObject({ type: z.literal('ask-alive') }),
]);
export type ToMedia = z.output<typeof ToMedia>;

/** `options` of `new RTCRtpScriptTransform(mediaWorker, options)`. An unknown codec is refused frame by frame. */
export const TransformOptions = z.discriminatedUnion('direction', [
  z.strictObject({ direction: z.literal('send'), slot: Slot, kind: MediaKind, codec: text(32) }),
  /** `peerId` and `slot` are what the server claims; frames of any other key are dropped as `wrong-sender`. */
  z.strictObject({
    direction: z.literal('receive'),
    consumerId: text(64),
    peerId: PeerId,
    slot: Slot,
    kind: MediaKind,
    codec: text(32),
  }),
]);
export type TransformOptions = z.output<typeof TransformOptions>;

// ── media worker → page ────────────────────────────────────────────────────────────────────────────────────────────────

/** A track that is received has a `consumerId`; one that is sent has none. */
const track = { consumerId: z.optional(text(64)), slot: Slot };

export const FromMedia = z.discriminatedUnion('type', [
  /** One that is attached again replaces the one before. */
  z.strictObject({ type: z.literal('track'), ...track, counts: SharedCounts }),
  z.strictObject({ type: z.literal('track-ended'), ...track }),
  /** At once, on each change of a receiving track: did its last frames open? `reason` when they did not. */
  z.strictObject({
    type: z.literal('flow'),
    consumerId: text(64),
    flowing: z.boolean(),
    reason: z.optional(DropReason),
  }),
  /** The answer to `ask-alive`. */
  z.strictObject({ type: z.literal('alive') }),
]);
export type FromMedia = z.infer<typeof FromMedia>;
