// The link in the address bar is the key to a room: only its exact shape opens one.
import { describe, expect, it } from 'vitest';
import { parseRoute } from './route.ts';

const ID = 'AAAAAAAAAAAAAAAAAAAAAA';
const SECRET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0';

describe('parseRoute', () => {
  it('takes the bare address for the home screen', () => {
    expect(parseRoute({ pathname: '/', hash: '' })).toEqual({ name: 'home' });
  });

  it('opens a room with the id and the secret as they stand in the link', () => {
    const expected = { name: 'room', roomId: ID, fragment: SECRET };
    expect(parseRoute({ pathname: `/r/${ID}`, hash: `#${SECRET}` })).toEqual(expected);
    expect(parseRoute({ pathname: `/r/${ID}/`, hash: `#${SECRET}` })).toEqual(expected);
  });

  it.each([
    ['without a secret', `/r/${ID}`, ''],
    ['with a secret cut short', `/r/${ID}`, `#${SECRET.slice(1)}`],
    ['with something after the secret', `/r/${ID}`, `#${SECRET}.`],
    ['with a second hash sign', `/r/${ID}`, `##${SECRET.slice(1)}`],
    ['with a character outside base64url', `/r/${ID}`, `#${SECRET.slice(1)}%`],
    ['with a line end after the secret', `/r/${ID}`, `#${SECRET}\n`],
    ['with an id cut short', `/r/${ID.slice(1)}`, `#${SECRET}`],
    ['with an escaped character in the id', `/r/%41${ID.slice(1)}`, `#${SECRET}`],
    ['without an id', '/r/', `#${SECRET}`],
  ])('calls a link %s a bad link', (_what, pathname, hash) => {
    expect(parseRoute({ pathname, hash })).toEqual({ name: 'bad-link' });
  });

  it('opens the screens of accounts; the token of a one-time link is in its fragment', () => {
    expect(parseRoute({ pathname: '/sign-in', hash: '' })).toEqual({ name: 'sign-in' });
    expect(parseRoute({ pathname: '/account', hash: '' })).toEqual({ name: 'account' });
    expect(parseRoute({ pathname: '/claim', hash: '#abc' })).toEqual({ name: 'claim', token: 'abc' });
    expect(parseRoute({ pathname: '/password', hash: '#abc' })).toEqual({ name: 'password', token: 'abc' });
  });

  it('opens each section of the admin console, and a policy group, at an address of its own', () => {
    const at = (pathname: string) => parseRoute({ pathname, hash: '' });
    expect(at('/admin')).toEqual({ name: 'admin', section: 'overview' });
    for (const section of ['rooms', 'people', 'policy', 'keys', 'webhooks', 'audit'])
      expect(at(`/admin/${section}`)).toEqual({ name: 'admin', section });
    expect(at('/admin/policy/0f-9')).toEqual({ name: 'admin', section: 'policy', group: '0f-9' });
    for (const pathname of ['/admin/overview', '/admin/x', '/admin/rooms/x', '/admin/policy/a.b', '/admins'])
      expect(at(pathname)).toEqual({ name: 'not-found' });
  });

  it('opens a room that waits for its first host by a whole token only', () => {
    const expected = { name: 'open', roomId: ID, token: SECRET };
    expect(parseRoute({ pathname: `/open/${ID}`, hash: `#${SECRET}` })).toEqual(expected);
    for (const hash of ['', `#${SECRET.slice(1)}`, `#${SECRET}x`, `#${SECRET}\n`])
      expect(parseRoute({ pathname: `/open/${ID}`, hash })).toEqual({ name: 'bad-link' });
    expect(parseRoute({ pathname: '/open/x', hash: `#${SECRET}` })).toEqual({ name: 'bad-link' });
  });

  it.each(['/x', '/open', '/r/a/b', '//', '/R/x'])('knows no screen at %s', (pathname) => {
    expect(parseRoute({ pathname, hash: `#${SECRET}` })).toEqual({ name: 'not-found' });
  });
});
