// Which addresses a webhook may be sent to: those of the public internet, and networks that the administrator has named. A server
// that posts wherever it is told would otherwise reach what only this machine can: metadata services, databases, itself.
import { BlockList, isIP, isIPv4 } from 'node:net';

/** IANA's special-purpose registry, IPv4: private, loopback, link-local, shared, documentation, multicast, reserved. */
const NOT_PUBLIC_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Of IPv6 only 2000::/3 is public, without what in it leads to IPv4 addresses or nowhere. */
const GLOBAL_6 = ['2000::', 3] as const;
const NOT_PUBLIC_6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const refused = new BlockList();
const global6 = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_4) refused.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of NOT_PUBLIC_6) refused.addSubnet(net, prefix, 'ipv6');
global6.addSubnet(...GLOBAL_6, 'ipv6');

/** Networks beside the public internet, as `10.1.0.0/16, fd00::/8`. Undefined when it is no such list. */
export function readNetworks(text: string): BlockList | undefined {
  const networks = new BlockList();
  for (const part of text.split(',').map((each) => each.trim())) {
    const [, net = '', digits = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(part) ?? [];
    const family = isIP(net);
    const prefix = Number(digits);
    if (family === 0 || prefix > (family === 4 ? 32 : 128)) return undefined;
    networks.addSubnet(net, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return networks;
}

/** IPv4 addresses in the clothes of IPv6 (::ffff:…, 64:ff9b::…) are not public: nobody who means well sends them. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, 'ipv4');
  return isIP(address) === 6 && global6.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}

export function isIn(networks: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
