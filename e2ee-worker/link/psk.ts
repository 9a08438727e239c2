// The link's external PSK as an MLS proposal, and the only PSK this client will ever look up.
import type { PreSharedKeyID, Proposal, PskIndex } from 'ts-mls';
import { equalBytes } from './bytes.ts';
import type { LinkKeys } from './keys.ts';

/** KDF.Nh of the suite (RFC 9420 §8.4). */
export const PSK_NONCE_BYTES = 32;

export const pskProposal = (link: LinkKeys, nonce: Uint8Array): Proposal => ({
  proposalType: 'psk',
  psk: { preSharedKeyId: { psktype: 'external', pskId: link.pskId, pskNonce: nonce } },
});

export const isLinkPsk = (link: LinkKeys, id: PreSharedKeyID): boolean =>
  id.psktype === 'external' && equalBytes(id.pskId, link.pskId) && id.pskNonce.byteLength === PSK_NONCE_BYTES;

/** ts-mls refuses a message that names a PSK for which this returns undefined. */
export const linkPskIndex = (link: LinkKeys): PskIndex => ({
  findPsk: (id) => (isLinkPsk(link, id) ? link.psk : undefined),
});
