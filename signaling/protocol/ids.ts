// Branded ids: a RoomId cannot be passed where a PeerId is expected.
import * as z from 'zod/mini';

/** 16 random bytes in base64url: 22 characters. */
const opaqueId = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
/** mediasoup's own ids are UUIDs. */
const mediaId = z.string().check(z.regex(/^[0-9a-f-]{36}$/));

export const RoomId = opaqueId.brand<'RoomId'>();
export type RoomId = z.infer<typeof RoomId>;

/** One meeting is one MLS group; a room holds one meeting after another. */
export const MeetingId = opaqueId.brand<'MeetingId'>();
export type MeetingId = z.infer<typeof MeetingId>;

/** One stay of one page: survives reconnects, not reloads. Carried inside the MLS leaf. */
export const PeerId = opaqueId.brand<'PeerId'>();
export type PeerId = z.infer<typeof PeerId>;

/** Secret: whoever has it is that peer to the server. Never logged. Signed, 39 bytes (signaling/PeerTokens.ts); opaque to pages. */
export const ResumeToken = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{52}$/))
  .brand<'ResumeToken'>();
export type ResumeToken = z.infer<typeof ResumeToken>;

export const ProducerId = mediaId.brand<'ProducerId'>();
export type ProducerId = z.infer<typeof ProducerId>;

export const ConsumerId = mediaId.brand<'ConsumerId'>();
export type ConsumerId = z.infer<typeof ConsumerId>;

/** RFC 9420 epoch. A meeting that needs more than 2^31 epochs is a loop. */
export const Epoch = z.number().check(z.int(), z.gte(0), z.lt(2 ** 31));
