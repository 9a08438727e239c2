// What the last screen says for each reason, and which way leads on.
import type { EndedReason } from '../call/model.ts';

export interface EndedWords {
  readonly title: string;
  readonly text: string;
  /** `rejoin` opens the same link again, `retry` too but in other words, `reload` fetches the page anew, `none` leaves only the start page. */
  readonly next: 'rejoin' | 'retry' | 'reload' | 'none';
}

export const ENDED_WORDS: Record<EndedReason, EndedWords> = {
  left: {
    title: 'You left the meeting',
    text: 'Your camera and microphone are off. Whoever is still in the meeting moves on to a key that this page does not have.',
    next: 'rejoin',
  },
  expired: {
    title: 'This room has come to its end',
    text: 'Rooms live for a limited time, and this one’s is over. Its keys are erased on this device, and its link works for nobody any more. For another meeting, create a new room and send its link.',
    next: 'none',
  },
  'room-closed': {
    title: 'This room was closed',
    text: 'A host or an administrator has ended it before its time. Its keys are erased on this device, and its link works for nobody any more.',
    next: 'none',
  },
  'room-over': {
    title: 'This room has come to its end',
    text: 'Its link works for nobody any more. Ask for a new one, or create a meeting of your own.',
    next: 'none',
  },
  'clock-ahead': {
    title: 'Check the clock of this device',
    text: 'By the clock of this device this room’s time is over; by the server’s it is not. Keys are erased by the clock of the device, so set its date and time and try again.',
    next: 'retry',
  },
  'meeting-over': {
    title: 'The meeting is over',
    text: 'The connection was gone for too long, or the server has restarted, and the meeting did not outlive it. The link still works while the room exists.',
    next: 'rejoin',
  },
  'room-unknown': {
    title: 'This room does not exist',
    text: 'The link leads to no room of this server. Ask for it once more, or create a meeting of your own.',
    next: 'none',
  },
  'room-full': {
    title: 'The room is full',
    text: 'Everyone who fits is already in. Try again when somebody has left.',
    next: 'rejoin',
  },
  'lobby-full': {
    title: 'Too many people are waiting',
    text: 'As many as may wait at this door are waiting already. Try again in a moment.',
    next: 'retry',
  },
  'ended-by-host': {
    title: 'A host ended the meeting',
    text: 'It is over for everybody, and its keys are erased on this device. The link still works while the room exists.',
    next: 'rejoin',
  },
  removed: {
    title: 'A host removed you',
    text: 'You are out of the meeting. The others go on under keys that this page does not have.',
    next: 'retry',
  },
  blocked: {
    title: 'You are blocked from this meeting',
    text: 'A host has decided that this device may not come in. It may again when a host lifts that, or ends the meeting for everybody.',
    next: 'retry',
  },
  refused: {
    title: 'You were not let in',
    text: 'A host has turned you away at the door. If that was a mistake, ask them another way, then try again.',
    next: 'retry',
  },
  'signed-out': {
    title: 'You were signed out',
    text: 'Your account was signed out, here or somewhere else, by you or by an admin, so this page has left the meeting. Sign in again, or come back as a guest if the room takes guests.',
    next: 'retry',
  },
  'sign-in-required': {
    title: 'This server takes no guests',
    text: 'Only people with an account here may join its meetings. Sign in on the start page, then open the link again.',
    next: 'retry',
  },
  'guests-refused': {
    title: 'This meeting takes no guests',
    text: 'The rules of this server let nobody into it without an account; only devices of its hosts need none. Sign in on the start page, then open the link again.',
    next: 'retry',
  },
  'outside-hours': {
    title: 'Nobody meets here at this hour',
    text: 'People may meet here at certain times only, and this is not one of them. The link works again at the next one.',
    next: 'retry',
  },
  'not-yet': {
    title: 'This room is not open yet',
    text: 'The link is right, and works from the time on that the meeting was set for. Whoever sent it to you knows when that is.',
    next: 'retry',
  },
  idle: {
    title: 'The meeting ended by itself',
    text: 'One person was alone in it for as long as the rules of this server allow. The link still works while the room exists.',
    next: 'rejoin',
  },
  'upgrade-required': {
    title: 'Reload to continue',
    text: 'The server has been updated and this page is still the old one. Reload it and you can join.',
    next: 'reload',
  },
  'bad-link': {
    title: 'This link is not complete',
    text: 'Part of it is missing or has changed, most often the end, after the # sign. That part is the key to the room and the server does not know it. Copy the whole link again, or ask for it once more.',
    next: 'none',
  },
  fault: {
    title: 'Something broke on this page',
    text: 'Encryption stopped working here, so nothing more is sent or shown. Reload the page to come back with new keys.',
    next: 'reload',
  },
};
