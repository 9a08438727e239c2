// Where a socket comes from, as far as it serves for counting.
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

const LOOPBACK = /^(127\.|::1$)/;
const V4_IN_V6 = /^::ffff:(?=\d+\.)/i;

/**
 * An IPv4 address, or the /64 of an IPv6 one: whoever has one has 2^64. From this very machine the TLS proxy speaks, and
 * the last of X-Forwarded-For is what the proxy itself has seen; what clients write stands before it.
 */
export function networkOf(remote: string, headers: IncomingHttpHeaders): string {
  const address = remote.replace(V4_IN_V6, '');
  if (!LOOPBACK.test(address)) return prefixOf(address);
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)?.trim() ?? '';
  return prefixOf(isIP(forwarded) ? forwarded.replace(V4_IN_V6, '') : address);
}

/** Whose address counts as one: see above. */
export function prefixOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const front = head.split(':').filter((group) => group !== '');
  const back = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
