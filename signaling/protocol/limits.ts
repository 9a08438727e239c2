// The bounds of everything that crosses a wire. One place, so that both sides and the document agree.

/** Bumped when an old client could misunderstand a new server or the other way round. */
export const PROTOCOL_VERSION = 10;

/** In one meeting. The policy of its group has no place for more who were sent out, blocked or not. */
export const MAX_BLOCKED_KEYS = 128;

/** Leaf index is 10 bits of the SFrame key id; the product's own cap is far below that. */
export const MAX_PEERS = 100;

/** The same where keys are of X-Wing: each is 1.2 kB, and a Welcome has some two for each member. */
export const MAX_PEERS_X_WING = 50;

/** A Welcome for 100 people with the tree inside is about 60 kB; more would let one peer fill memory. */
export const MAX_WELCOME_BYTES = 256 * 1024;
/** Adding 49 at once with X-Wing takes 210 kB. */
export const MAX_COMMIT_BYTES = 256 * 1024;
export const MAX_KEY_PACKAGE_BYTES = 8 * 1024;
export const LINK_PROOF_BYTES = 32;
export const EPOCH_TAG_BYTES = 16;
export const HOST_KEY_HASH_BYTES = 16;

/** Peers that may wait in one lobby. More: a flood fills the hosts' pages. Less: a flood keeps honest people out. */
export const MAX_WAITING = 200;
/** Hosts that those who wait are told of: each is two byte fields and a right, and a packet carries ten. */
export const MAX_HOSTS_SHOWN = 3;
/** A MAC over the device key that somebody with a host's one-time code can make (delegation to another own device). */
export const DELEGATION_BYTES = 32;

/** Of one chat message, in characters (code points): four bytes of UTF-8 each at most. */
export const MAX_CHAT_CHARS = 2_000;
/** The same, sealed and padded to the largest of its sizes (e2ee-worker/mls/chatText.ts). */
export const MAX_CHAT_BYTES = 8 * 1024 + 512;
/** Less: people are still reading. */
export const MIN_CHAT_LIFETIME_S = 60;
export const MAX_CHAT_LIFETIME_S = 366 * 24 * 60 * 60;

/** Commits kept for members who reconnect; past that they are re-added (design.md, Group protocol). */
export const COMMIT_LOG_LENGTH = 32;

/** Of a room. Less: people are thrown out before they have understood why. */
export const MIN_LIFETIME_MS = 60_000;
/** No server may allow more. More: a link that got into wrong hands works for longer. */
export const MAX_LIFETIME_MS = 366 * 24 * 60 * 60 * 1000;
/** A group's policy with all its lists full takes 12 kB. */
export const MAX_POLICY_BYTES = 16 * 1024;

/** A disconnected peer keeps its place this long. More: ghosts linger. Less: a tunnel throws people out. */
export const RESUME_WINDOW_MS = 30_000;

export const MAX_CONSUMERS = 4 * MAX_PEERS;

/** What one offer takes as JSON, whatever a stranger sends (sfu/largest.test.ts). */
export const MAX_OFFER_BYTES = 1_536;

/**
 * Largest Socket.IO packet accepted. An sfu's answer to `peer:open` needs the most: MAX_CONSUMERS offers in one message, on a
 * line that all meetings share and that one larger message cuts. What clients send is bounded by signaling/limits.ts, too.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
