// What comes with an arrival to let it in, opened once: signatures are checked here, meaning in admission.ts.
import { isTicket, openCertificate, openTicket } from '#protocol';
import type { Right } from './admission.ts';

/** Undefined when it is neither a ticket nor a certificate, or its issuer has not signed it. */
export async function openRight(bytes: Uint8Array): Promise<Right | undefined> {
  if (isTicket(bytes)) {
    const ticket = await openTicket(bytes);
    return ticket && { kind: 'ticket', ticket, bytes };
  }
  const certificate = await openCertificate(bytes);
  return certificate && { kind: 'certificate', certificate, bytes };
}
