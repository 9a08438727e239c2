// What the page, signaling and the sfu say to each other about streams.
import * as z from 'zod/mini';
import { ConsumerId, PeerId, ProducerId } from './ids.ts';
import { MAX_CONSUMERS } from './limits.ts';
import { MediaKind, RtpParameters } from './rtp.ts';

/** The four things a member can send; the order is the context number in the SFrame key id (docs/adr, frame format). */
export const SLOTS = ['mic', 'camera', 'screen', 'screen-audio'] as const;
export const Slot = z.enum(SLOTS);
export type Slot = z.infer<typeof Slot>;

/** Audio or video follows from the slot; the sfu refuses a producer whose parameters say otherwise. */
export const slotKind: Record<Slot, MediaKind> = {
  mic: 'audio',
  camera: 'video',
  screen: 'video',
  'screen-audio': 'audio',
};

export const Direction = z.enum(['send', 'recv']);
export type Direction = z.infer<typeof Direction>;

/** A stream on offer to one receiver. It exists on the sfu already, paused until asked for with media:receive. */
export const Offer = z.strictObject({
  consumerId: ConsumerId,
  producerId: ProducerId,
  /** Who the server says sends it; the keys decide whether that is true. */
  peerId: PeerId,
  slot: Slot,
  kind: MediaKind,
  rtpParameters: RtpParameters,
  muted: z.boolean(),
});
export type Offer = z.infer<typeof Offer>;
export const Offers = z.array(Offer).check(z.maxLength(MAX_CONSUMERS));

const pixels = z.number().check(z.int(), z.gte(0), z.lte(8192));

/** Everything the receiver wants now; what is not in the list is paused. Sizes are CSS pixels × device pixel ratio, 0 for audio. */
export const Wanted = z
  .array(z.strictObject({ consumerId: ConsumerId, width: pixels, height: pixels }))
  .check(z.maxLength(MAX_CONSUMERS));
export type Wanted = z.infer<typeof Wanted>;
