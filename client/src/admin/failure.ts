// What the server refuses to admins, as sentences.
import { accountFailure } from '../call/account.ts';
import { ApiFailed } from '../net/api.ts';

const WORDS: Readonly<Record<string, string>> = {
  SIGN_IN_REQUIRED:
    'You are not signed in any more. Sign in again, here or in another tab; what you have typed stays.',
  ROLE_REQUIRED: 'Your account is no admin’s any more.',
  RATE_LIMITED: 'That was a lot in a short time. Wait a few seconds, then try again.',
  NOT_FOUND: 'It is not there any more: somebody else may have deleted it.',
  ROOM_OPEN: 'The room is open. End it first.',
  ROOM_ENDED: 'The room is not open any more.',
  NOT_EARLIER: 'The room ends before that already.',
  LAST_ADMIN: 'This is the last admin. Make somebody else one first: otherwise nobody could run this server.',
  TOO_MANY_KEYS: 'You have as many API keys as one may have. Delete one that is not used.',
  NAME_TAKEN: 'There is a group of that name.',
  TOO_MANY_GROUPS: 'There are as many groups as there may be. Delete one that is not used.',
  STALE: 'Somebody has changed it since you opened it.',
  BAD_REQUEST: 'The server does not take it like this.',
};

/** An error that was thrown, as a sentence; '' for none. */
export function adminFailure(error: unknown): string {
  if (error === undefined) return '';
  const code = error instanceof ApiFailed ? error.code : '';
  return (Object.hasOwn(WORDS, code) ? WORDS[code] : undefined) ?? accountFailure(error);
}
