// Where a request came from, and what strangers cannot make of it.
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isAddressOrNetwork, isFromHere, Proxies } from './proxies.ts';

const from = (remoteAddress: string, headers: IncomingHttpHeaders = {}) => ({
  headers,
  // Nothing else of a socket is read.
  socket: { remoteAddress } as never,
});
const forwarded = (list: string) => ({ 'x-forwarded-for': list });

describe('the address of a sender', () => {
  it('is that of the connection, whatever its headers say', () => {
    const proxies = new Proxies();
    expect(proxies.addressOf(from('192.0.2.1', forwarded('203.0.113.9')))).toBe('192.0.2.1');
    expect(proxies.addressOf(from('::ffff:192.0.2.1'))).toBe('192.0.2.1');
  });

  it('is what a proxy of the configuration says, and not what the sender has put before that', () => {
    const proxies = new Proxies(['10.0.0.0/8', '::1']);
    expect(proxies.addressOf(from('10.1.2.3', forwarded('198.51.100.7, 203.0.113.9')))).toBe('203.0.113.9');
    expect(proxies.addressOf(from('::1', forwarded('198.51.100.7, 203.0.113.9, 10.9.9.9')))).toBe(
      '203.0.113.9',
    );
  });

  it.each(['', 'nonsense', 'unknown, ', '203.0.113.9:80'])('is the proxy’s own where it says %j', (list) => {
    expect(new Proxies(['10.0.0.0/8']).addressOf(from('10.1.2.3', forwarded(list)))).toBe('10.1.2.3');
  });
});

describe('from this very machine', () => {
  const host = { host: 'localhost:3000' };

  it.each([
    ['127.0.0.1', host],
    ['::1', { host: '[::1]:3000' }],
    ['::ffff:127.0.0.1', { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }],
  ])('comes what %s sends with %j', (address, headers) => {
    expect(isFromHere(from(address, headers))).toBe(true);
  });

  it.each([
    ['another machine', '192.0.2.1', host],
    ['a proxy that says so', '127.0.0.1', { ...host, ...forwarded('127.0.0.1') }],
    ['a proxy that says so in other words', '127.0.0.1', { ...host, forwarded: 'for=127.0.0.1' }],
    ['a proxy that passes the name on', '127.0.0.1', { host: 'meet.example' }],
    [
      'a page of another name, by a proxy that does not',
      '127.0.0.1',
      { ...host, origin: 'https://meet.example' },
    ],
    ['a name that a stranger has pointed here', '127.0.0.1', { host: '127.0.0.1.evil.example' }],
    ['a sender without a name', '127.0.0.1', {}],
  ])('does not come what %s sends', (_who, address, headers) => {
    expect(isFromHere(from(address, headers))).toBe(false);
  });
});

it.each(['', '10.0.0.0/33', 'proxy', '10.0.0.0/', '::1/129', '10.0.0.0/8/8'])('%j is no network', (text) => {
  expect(isAddressOrNetwork(text)).toBe(false);
});
