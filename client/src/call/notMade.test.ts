import { expect, it } from 'vitest';
import { RequestFailed } from '../net/RequestFailed.ts';
import { notMade, notOpened } from './notMade.ts';

it.each([
  ['UPGRADE_REQUIRED', /newer than this page/, true],
  ['TOO_MANY_ROOMS', /as many rooms as it may/, false],
  ['SIGN_IN_REQUIRED', /^Sign in to create a meeting here\.$/, false],
  ['ROLE_REQUIRED', /An admin can change that/, false],
  ['RATE_LIMITED', /Wait a minute/, false],
  ['OFFLINE', /Check your connection/, false],
  ['TIMEOUT', /Check your connection/, false],
] as const)('%s is said in its own words', (code, words, reload) => {
  const said = notMade(new RequestFailed('room:create', code));
  expect(said.text).toMatch(words);
  expect(said.reload).toBe(reload);
});

it.each([
  ['ROOM_OPENED', /Ask them for its link/],
  ['ROOM_UNKNOWN', /knows no such meeting/],
  ['ROOM_ENDED', /is over/],
  ['SIGN_IN_REQUIRED', /Sign in first/],
  ['TIMEOUT', /did not answer/],
  ['RATE_LIMITED', /Wait a minute/],
] as const)('%s, where a room waits for its first host, is said in its own words', (code, words) => {
  expect(notOpened(new RequestFailed('room:open', code)).text).toMatch(words);
});

it('what is no answer of the server is not put on the connection', () => {
  expect(notMade(new Error('no Ed25519')).text).not.toMatch(/connection/);
});
