// What the media worker is told by the group worker and the page, and what it tells the page.
import * as z from 'zod/mini';
import { Epoch, exactBytes, MediaKind, PeerId, Slot } from '#protocol';
import { count, port, text } from './parts.ts';

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

export const dropReasons = [
  /** No key for this epoch and sender (yet, or any more). */
  'no-key',
  /** The tag did not verify. */
  'bad-tag',
  /** Counter seen before, or older than the window. */
  'replay',
  /** The key id names another member or slot than the stream claims to be. */
  'wrong-sender',
  'unknown-codec',
  /** Not an SFrame, or too short to be one. */
  'malformed',
  /** Waited too long in a queue. */
  'stale',
  /** Anything that threw. */
  'fault',
] as const;
export const DropReason = z.enum(dropReasons);
export type DropReason = z.infer<typeof DropReason>;

/** Little, because it is posted every second: between sparse frames a message costs as much as several of them. */
export const TrackStats = z.strictObject({
  /** Of a track that is received; absent when it is sent. */
  consumerId: z.optional(text(64)),
  slot: Slot,
  /** Encrypted or decrypted since the transform was attached. */
  frames: count,
  /** Dropped, by reason; absent reasons are 0. */
  drops: z.partialRecord(DropReason, count),
});
export type TrackStats = z.infer<typeof TrackStats>;

export const FromMedia = z.discriminatedUnion('type', [
  /** Every second while there are tracks. */
  z.strictObject({ type: z.literal('stats'), tracks: z.array(TrackStats).check(z.maxLength(1024)) }),
  /** At once, on each change of a receiving track: did its last frames open? `reason` when they did not. */
  z.strictObject({
    type: z.literal('flow'),
    consumerId: text(64),
    flowing: z.boolean(),
    reason: z.optional(DropReason),
  }),
]);
export type FromMedia = z.infer<typeof FromMedia>;
