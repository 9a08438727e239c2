// Where a request came from. Headers are the sender's word: they count only when a proxy that the configuration names sent them.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';

type Asked = Pick<IncomingMessage, 'headers' | 'socket'>;

/** What proxies add. With any of them, somebody else may be behind the sender. */
const FORWARDING = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'];

export class Proxies {
  readonly #trusted = new BlockList();

  /** IP addresses and networks, as in `10.0.0.0/8`. */
  constructor(trusted: readonly string[] = []) {
    for (const entry of trusted) {
      const [address = '', bits] = entry.split('/');
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  /**
   * The IP address of the sender: from the right, the first one in X-Forwarded-For that is no trusted proxy. What stands left of
   * it, the sender may have made up.
   */
  addressOf({ headers, socket }: Asked): string {
    let address = plain(socket.remoteAddress ?? '');
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    while (this.#trusts(address)) {
      const before = plain(forwarded.pop()?.trim() ?? '');
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  }

  #trusts(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
}

/** From a browser or program on this very machine, as far as can be told: nothing speaks of a proxy or of another name. */
export function isFromHere({ headers, socket }: Asked): boolean {
  if (!isLoopbackAddress(plain(socket.remoteAddress ?? ''))) return false;
  if (FORWARDING.some((name) => headers[name] !== undefined)) return false;
  // Another name for 127.0.0.1 would be somebody's trick (DNS rebinding), or a proxy's.
  if (!isLoopbackName(URL.parse(`http://${headers.host ?? ''}`)?.hostname)) return false;
  return headers.origin === undefined || isLoopbackName(URL.parse(headers.origin)?.hostname);
}

export function isLoopbackName(name: string | undefined): boolean {
  return name !== undefined && (name === 'localhost' || isLoopbackAddress(name.replace(/^\[|\]$/g, '')));
}

const isLoopbackAddress = (address: string): boolean =>
  address === '::1' || (isIPv4(address) && address.startsWith('127.'));

/** IPv4 as IPv4 also on a socket that speaks both. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** Of the configuration. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
