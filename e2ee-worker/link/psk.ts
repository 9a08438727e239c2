// The link's external PSK as an MLS proposal, and the only PSK this client will ever look up.
import type { CiphersuiteImpl, PreSharedKeyID, Proposal, PskIndex } from 'ts-mls';
import { equalBytes } from './bytes.ts';
import type { LinkKeys } from './keys.ts';

/** KDF.Nh of the suite (RFC 9420 §8.4). */
export const pskNonceBytes = ({ kdf }: Pick<CiphersuiteImpl, 'kdf'>): number => kdf.size;

export const pskProposal = (link: LinkKeys, nonce: Uint8Array): Proposal => ({
  proposalType: 'psk',
  psk: { preSharedKeyId: { psktype: 'external', pskId: link.pskId, pskNonce: nonce } },
});

/** As far as it takes to know it again: an Identity has both. */
export interface LinkAndSuite {
  readonly link: LinkKeys;
  readonly suite: Pick<CiphersuiteImpl, 'kdf'>;
}

export const isLinkPsk = ({ link, suite }: LinkAndSuite, id: PreSharedKeyID): boolean =>
  id.psktype === 'external' &&
  equalBytes(id.pskId, link.pskId) &&
  id.pskNonce.byteLength === pskNonceBytes(suite);

/** ts-mls refuses a message that names a PSK for which this returns undefined. */
export const linkPskIndex = (own: LinkAndSuite): PskIndex => ({
  findPsk: (id) => (isLinkPsk(own, id) ? own.link.psk : undefined),
});
