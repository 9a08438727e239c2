// One's own account: signing in and out, and where one is signed in. All of it is between this page and the server; no key is
// made of it, and no member of a meeting has to believe it.
import * as z from 'zod/mini';
import { OwnData, type Session, SessionList, WhoAmI } from '#protocol';
import { ApiFailed, askApi } from '../net/api.ts';

const anything = z.unknown();

export const whoAmI = (): Promise<WhoAmI> => askApi('GET', '/api/v1/account', WhoAmI);

/** Throws; see accountFailure. */
export async function signIn(email: string, password: string): Promise<void> {
  await askApi('POST', '/api/auth/sign-in/email', anything, { email, password });
}

export interface Claim {
  readonly token: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Makes the account that the one-time link is for, and signs in. */
export async function claim(wanted: Claim): Promise<void> {
  await askApi('POST', '/api/v1/claim', anything, wanted);
  await signIn(wanted.email, wanted.password);
}

/** By the one-time link for that; signs in. */
export async function resetPassword(token: string, password: string): Promise<void> {
  const { email } = await askApi('POST', '/api/v1/password', z.object({ email: z.string() }), {
    token,
    password,
  });
  await signIn(email, password);
}

/** Answers where to go: to the company's own page. `next`: the path to come back to. */
export async function singleSignOn(next: string): Promise<string> {
  const answer = z.object({ url: z.url({ protocol: /^https?$/ }) });
  const wanted = { provider: 'sso', callbackURL: next, errorCallbackURL: '/sign-in' };
  return (await askApi('POST', '/api/auth/sign-in/social', answer, wanted)).url;
}

export async function signOut(): Promise<void> {
  await askApi('POST', '/api/auth/sign-out', anything, {});
}

export async function sessions(): Promise<Session[]> {
  return (await askApi('GET', '/api/v1/account/sessions', SessionList)).items;
}

export async function endSession(id: string): Promise<void> {
  await askApi('DELETE', `/api/v1/account/sessions/${encodeURIComponent(id)}`, anything);
}

export async function signOutEverywhere(): Promise<void> {
  await askApi('DELETE', '/api/v1/account/sessions', anything);
}

/** Ends it everywhere else. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  const wanted = { currentPassword, newPassword, revokeOtherSessions: true };
  await askApi('POST', '/api/auth/change-password', anything, wanted);
}

export const OWN_DATA_PATH = '/api/v1/me/data';

export const ownData = (): Promise<OwnData> => askApi('GET', OWN_DATA_PATH, OwnData);

/** Without a password it takes a session that has just begun. */
export async function deleteAccount(password: string): Promise<void> {
  await askApi('DELETE', '/api/v1/me', anything, password === '' ? {} : { password });
}

const WORDS: Readonly<Record<string, string>> = {
  INVALID_EMAIL_OR_PASSWORD: 'This e-mail address and password do not go together.',
  INVALID_EMAIL: 'That is no e-mail address.',
  ACCOUNT_DISABLED: 'An admin of this server has shut this account out. Ask them.',
  NO_PASSKEY: 'No passkey was used.',
  PASSKEY_NOT_FOUND: 'This server does not know that passkey.',
  NO_ROLE:
    'You have signed in there, but none of your groups may use this server. Ask an admin of it which group that takes.',
  account_not_linked:
    'There is an account with your e-mail address that was made by a link: sign in with its password.',
  RATE_LIMITED: 'Too many tries in a short time. Wait half a minute, then try again.',
  NO_INVITATION: 'This link has been used already, or is too old. Ask for a new one.',
  EMAIL_TAKEN: 'There is an account with this e-mail address. Sign in with it.',
  INVALID_PASSWORD: 'That is not your password.',
  CREDENTIAL_ACCOUNT_NOT_FOUND: 'You sign in with the company’s sign-in: there is no password to change.',
  ERASING: 'This server is being erased.',
  ERASE_CUT_SHORT:
    'It was cut short: the server has stopped, and not everything is destroyed yet. On its machine, npm run erase -- yes finishes it.',
  ERASE_UNANSWERED:
    'No answer has come, and the erasing may go on all the same. What has become of it, and the statement, is in the output of the server.',
  NO_PASSWORD: 'This account signs in with the company’s sign-in: there is no password to set anew.',
  CONFIRM: 'You signed in more than ten minutes ago: type your password, or sign in anew.',
  SIGN_IN_REQUIRED:
    'You are not signed in any more. Sign in again, here or in another tab; what you have typed stays.',
  ROLE_REQUIRED: 'Your account may not do this any more.',
  NOT_FOUND: 'It is not there any more: somebody else may have deleted it.',
  ROOM_OPEN: 'The room is open. End it first.',
  ROOM_ENDED: 'The room is not open any more.',
  NOT_EARLIER: 'The room ends before that already.',
  LAST_ADMIN: 'This is the last admin. Make somebody else one first: otherwise nobody could run this server.',
  TOO_MANY_KEYS: 'You have as many API keys as one may have. Delete one that is not used.',
  NAME_TAKEN: 'There is a group of that name.',
  TOO_MANY_GROUPS: 'There are as many groups as there may be. Delete one that is not used.',
  ADDRESS_REFUSED:
    'Nothing is sent there: the address is not public, or has no TLS. Whoever runs the machine can allow its network by the configuration.',
  DAMAGED: 'What the server keeps of it cannot be read any more. Delete it.',
  TOO_MANY_WEBHOOKS: 'There are as many webhooks as there may be. Delete one that is not used.',
  CONFIGURED: 'It comes from the configuration of the server, which alone can take it away.',
  STALE: 'Somebody has changed it meanwhile. Look at it again.',
  BAD_REQUEST: 'The server does not take it like this.',
  WRONG_ORIGIN: 'The server knows itself by another address than the one you see. Its admin sets PUBLIC_URL.',
  INVALID_ORIGIN:
    'The server knows itself by another address than the one you see. Its admin sets PUBLIC_URL.',
  OFFLINE: 'The server cannot be reached. Check your connection and try again.',
};

/** What went wrong, as a sentence; '' for nothing. A code of the server's, or an error that was thrown. */
export function accountFailure(error: unknown): string {
  if (error === undefined) return '';
  const code = error instanceof ApiFailed ? error.code : error;
  const words = typeof code === 'string' && Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  return words ?? 'That did not work, through no fault of yours. Try again, or tell the admin.';
}
