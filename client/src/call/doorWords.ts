// What hosts have done to this page, and what could not be done at the door, in sentences.
import type { DoorErrand } from '#e2ee/messages.ts';
import type { FailureCode } from '../net/RequestFailed.ts';
import type { Asking, Settings } from './model.ts';

const ASKED: Record<Asking, (by: string) => string> = {
  mute: (by) => `${by} has muted you.`,
  'stop-video': (by) => `${by} has stopped your video.`,
  'ask-unmute': (by) => `${by} asks you to switch your microphone on.`,
};

export const askedWords = (what: Asking, by: string): string => ASKED[what](by);

export const MUTED_ON_ENTRY = 'Your microphone is off: in this meeting people come in muted.';

const STOPPED: Record<Settings['share'], string> = {
  everyone: 'Your screen is not shared any more.',
  hosts: 'Only hosts may share their screen now, so yours is not shared any more.',
  nobody: 'Nobody may share their screen now, so yours is not shared any more.',
};

export const shareStopped = (share: Settings['share']): string => STOPPED[share];

const FAILED: Record<DoorErrand['name'], string> = {
  'host:admit': 'They could not be let in.',
  'host:refuse': 'They could not be turned away.',
  'host:remove': 'The server did not hear that somebody was removed. The group removes them all the same.',
  'host:blocked': 'The server did not hear who is blocked and who no more. Members know it all the same.',
  'host:say': 'What you asked for did not reach the others.',
  'host:promote': 'The server did not take the new host.',
  'host:demote': 'The server did not hear that somebody is no host any more.',
  'host:settings': 'The server did not take the new rules of the meeting. Members keep to them all the same.',
  'host:extend': 'The server did not take the later end of the room, and will close it at the earlier one.',
  'host:reject': 'The server did not hear that a change of the group was refused here.',
  'host:end': 'The server did not end the meeting.',
  'lobby:delegate': 'The code did not reach the hosts. Send it again.',
};

const WHY: Partial<Record<FailureCode, string>> = {
  OFFLINE: 'There is no connection to the server.',
  NOT_ALLOWED: 'The server does not take this device for a host’s.',
  LIFETIME_CAPPED: 'No room may live that long on this server.',
  RATE_LIMITED: 'The server is asked too much at the moment.',
};

/** Null: nothing to tell; whoever it was about has gone by itself. */
export function errandFailed(name: DoorErrand['name'], code: FailureCode | undefined): string | null {
  if (code === 'NOT_FOUND') return null;
  const why = code && WHY[code];
  return why ? `${FAILED[name]} ${why}` : FAILED[name];
}
