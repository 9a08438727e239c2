// A connection to where a webhook may go. The name is resolved once, and what it is resolved to is what is connected to: an
// answer that changes between a check and its use (DNS rebinding) changes nothing. What the connection has really reached
// is checked again, before a byte is sent.
import { lookup } from 'node:dns/promises';
import { type BlockList, connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isIn, isPublic } from './addresses.ts';
import { DeliveryFault } from './DeliveryFault.ts';

export interface Network {
  /** All addresses of a name. */
  lookup(name: string): Promise<string[]>;
  /** To an address, not a name. */
  connect(at: { host: string; port: number }): Socket;
}

export interface Route {
  readonly network: Network;
  /** Networks that are allowed although they are not public. */
  readonly allowed: BlockList;
  readonly signal: AbortSignal;
}

/** The resolver of the machine, which reads /etc/hosts, too. */
export const systemNetwork: Network = {
  lookup: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  connect: (at) => connectTcp(at),
};

/** False when it is known before a name is looked up that nothing will ever be sent there. */
export function couldReach(url: URL, allowed: BlockList): boolean {
  const name = nameIn(url);
  if (isIP(name)) return mayReach(url, name, allowed);
  return isSecure(url) || allowed.rules.length > 0;
}

const isSecure = ({ protocol }: URL): boolean => protocol === 'https:';
const nameIn = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');
const mayReach = (url: URL, address: string, allowed: BlockList): boolean =>
  isIn(allowed, address) || (isSecure(url) && isPublic(address));

/** Throws DeliveryFault, or what the network throws. */
export async function openConnection(url: URL, route: Route): Promise<Socket> {
  const { network, allowed, signal } = route;
  const secure = isSecure(url);
  const name = nameIn(url);
  const addresses = isIP(name) ? [name] : await unlessAborted(network.lookup(name), signal);
  const host = addresses.find((address) => mayReach(url, address, allowed));
  if (host === undefined) throw notAllowed(url);
  const socket = network.connect({ host, port: Number(url.port || (secure ? 443 : 80)) });
  try {
    await happens(socket, 'connect', signal);
    if (!mayReach(url, socket.remoteAddress ?? '', allowed)) throw notAllowed(url);
    if (!secure) return socket;
    const tls = connectTls({
      socket,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(name) ? {} : { servername: name }),
    });
    await happens(tls, 'secureConnect', signal);
    return tls;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function notAllowed(url: URL): DeliveryFault {
  return new DeliveryFault(
    isSecure(url)
      ? 'its address is not public: WEBHOOK_PRIVATE_NETWORKS would have to name its network'
      : 'http without TLS goes to networks in WEBHOOK_PRIVATE_NETWORKS only',
  );
}

function happens(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  const happened = new Promise<void>((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new DeliveryFault('the connection was closed')));
  });
  return unlessAborted(happened, signal);
}

/** A resolver cannot be told to stop. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new DeliveryFault('it took too long'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
