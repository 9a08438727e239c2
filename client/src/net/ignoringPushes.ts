// For a connection that is in no meeting: whatever comes is not for it.
import type { PushHandlers } from './reply.ts';

const ignore = () => undefined;

export const ignoringPushes: PushHandlers = {
  'peer:arrived': ignore,
  'peer:away': ignore,
  'peer:back': ignore,
  'peer:left': ignore,
  'lobby:knocked': ignore,
  'lobby:delegated': ignore,
  'lobby:left': ignore,
  'lobby:hosts': ignore,
  'lobby:admitted': ignore,
  'host:said': ignore,
  'group:found': ignore,
  'meeting:moved': ignore,
  'group:committed': ignore,
  'group:reverted': ignore,
  'group:welcomed': ignore,
  'group:confirmed': ignore,
  'chat:sent': ignore,
  'media:offered': ignore,
  'media:closed': ignore,
  'media:muted': ignore,
  'media:lost': ignore,
  'media:ready': ignore,
  'room:restricted': ignore,
  'meeting:closes': ignore,
  'meeting:ended': ignore,
};
