// What this device signs as a host: tickets and certificates.
import { type Certificate, certificateBody, signedBytes, type Ticket, ticketBody } from '#protocol';
import { concat } from '../link/bytes.ts';
import type { DeviceKey } from '../vault/deviceKey.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export async function signTicket(device: DeviceKey, ticket: Omit<Ticket, 'issuer'>): Promise<Bytes> {
  const body = ticketBody({ ...ticket, issuer: device.publicKey });
  return concat(body, await device.sign(signedBytes('ticket', body)));
}

export async function signCertificate(device: DeviceKey, c: Omit<Certificate, 'issuer'>): Promise<Bytes> {
  const body = certificateBody({ ...c, issuer: device.publicKey });
  return concat(body, await device.sign(signedBytes('host certificate', body)));
}
