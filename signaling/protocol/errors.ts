// Every error a request can be answered with: meaning for people, and whether the same request may be sent again.

export const errors = {
  UPGRADE_REQUIRED: { meaning: 'The page is of another version than the server: reload it.', retry: false },
  BAD_REQUEST: { meaning: 'The request does not have the shape that the protocol asks for.', retry: false },
  NOT_ALLOWED: {
    meaning: 'This peer may not do this in its present state, or only hosts may.',
    retry: false,
  },
  SIGN_IN_REQUIRED: { meaning: 'Only people with an account may do this here: sign in.', retry: false },
  ROLE_REQUIRED: { meaning: 'Your account may not do this here; an admin can change that.', retry: false },
  GUESTS_REFUSED: {
    meaning: 'This room takes no guests: sign in. Only its hosts’ own devices come in without an account.',
    retry: false,
  },
  OUTSIDE_HOURS: { meaning: 'Nobody meets at this hour here; come back later.', retry: true },
  NOT_YET: {
    meaning: 'The room opens at another time: `detail` says when, as 2026-12-01T09:00:00.000Z.',
    retry: true,
  },
  OTHER_SUITE: {
    meaning: 'The meeting has its keys by another cipher suite: look at the room again.',
    retry: true,
  },
  SHARING_REFUSED: { meaning: 'The installation lets this peer share no screen.', retry: false },
  CHAT_REFUSED: { meaning: 'The installation lets nobody write in meetings.', retry: false },
  RATE_LIMITED: {
    meaning: 'Too many requests from this peer, or too many rooms from its network; wait a moment.',
    retry: true,
  },
  ROOM_UNKNOWN: { meaning: 'There is no such room.', retry: false },
  ROOM_ENDED: { meaning: 'The room has ended, and its link is dead for ever.', retry: false },
  ROOM_OPENED: {
    meaning: 'Somebody has opened this room already: ask them for its link.',
    retry: false,
  },
  LIFETIME_CAPPED: { meaning: 'No room may live that long here.', retry: false },
  BLOCKED: { meaning: 'A host has blocked this device.', retry: false },
  LOBBY_FULL: { meaning: 'As many people as may wait are waiting already.', retry: true },
  ROOM_FULL: { meaning: 'The room has as many people as it may have.', retry: true },
  TOO_MANY_ROOMS: { meaning: 'The server holds as many rooms as it may hold.', retry: true },
  MEETING_OVER: { meaning: 'The meeting is over, or the server no longer knows it.', retry: false },
  EPOCH_TAKEN: { meaning: 'A commit for this epoch came first; apply it and try again.', retry: true },
  EPOCH_GONE: { meaning: 'Commits that old are no longer in the log; rejoin the group.', retry: false },
  NOT_FOUND: { meaning: 'The stream or transport that was named does not exist (any more).', retry: false },
  MEDIA_REFUSED: { meaning: 'The media server does not accept these parameters.', retry: false },
  MEDIA_UNAVAILABLE: { meaning: 'No media server is connected at the moment.', retry: true },
  INTERNAL: { meaning: 'A fault of ours; it has been logged.', retry: true },
} as const;

export type ErrorCode = keyof typeof errors;

/** What every request is acknowledged with. `detail` helps a developer and holds nothing private. */
export type Reply<T> = { ok: true; data: T } | { ok: false; code: ErrorCode; detail?: string };
