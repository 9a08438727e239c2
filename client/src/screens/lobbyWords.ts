// What is said to somebody who waits at the door.
import type { KnockAgain } from '../call/model.ts';

export type LobbyState = 'waiting' | 'no-host' | 'admitted';

export const TITLES: Record<LobbyState, string> = {
  waiting: 'Waiting for the host',
  'no-host': 'Waiting for the host',
  admitted: 'You are let in',
};

export const AGAIN: Record<KnockAgain, string> = {
  'sent-back': 'A host has sent you back to the lobby.',
  'group-lost': 'The meeting you were on your way into has ended before you were in it.',
  'long-wait': 'You have waited for a while, so this page has knocked again.',
  'not-added': 'You were let in, but nobody in the meeting has added you, so this page has knocked again.',
  'suite-changed':
    'The rules of this server ask for other keys now. The meeting begins anew with them, and this page has knocked again.',
  'verification-required':
    'The rules of this server keep only people in the meeting whose keys a host has compared, so this page has knocked again.',
  'connection-lost': 'The connection was gone for a while, so this page has knocked again.',
};

const list = new Intl.ListFormat('en', { type: 'conjunction' });

/** `hosts`: names, proven by their keys. */
export function lobbyWords(state: LobbyState, hosts: readonly string[]): string {
  if (state === 'admitted') return 'Your keys are on their way.';
  if (state === 'no-host') return 'No host is here yet. You can wait: whoever comes finds you at the door.';
  return `${list.format(hosts)} ${hosts.length === 1 ? 'has' : 'have'} been told that you are here.`;
}
