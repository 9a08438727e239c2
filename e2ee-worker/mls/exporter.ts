// What leaves the group's key schedule: the SFrame base key and the tags that tell forks apart.
import { type CiphersuiteImpl, mlsExporter } from 'ts-mls';
import { deriveSecret, expandWithLabel } from 'ts-mls/crypto/kdf.js';
import { EPOCH_TAG_BYTES } from '#protocol';
import { own, u32 } from '../link/bytes.ts';

/** Nk of AES-128-GCM. */
export const BASE_KEY_BYTES = 16;
const EPOCH_CHECK_LABEL = 'in-camera epoch check';

/** RFC 9605 §5.2: base_key = MLS-Exporter("SFrame 1.0 Base Key", "", AEAD.Nk). */
export const sframeBaseKey = async (exporterSecret: Uint8Array, cs: CiphersuiteImpl) =>
  own(await mlsExporter(exporterSecret, 'SFrame 1.0 Base Key', new Uint8Array(), BASE_KEY_BYTES, cs));

export type EpochTags = (leaf: number) => Promise<Uint8Array>;

/**
 * tag = MLS-Exporter("in-camera epoch check", leaf index as uint32, 16) (RFC 9420 §8.5). The first half of the exporter
 * does not depend on the leaf, so it is done once: at 100 members that is 100 derivations for each epoch, not 200.
 */
export async function epochTags(exporterSecret: Uint8Array, cs: CiphersuiteImpl): Promise<EpochTags> {
  const secret = await deriveSecret(exporterSecret, EPOCH_CHECK_LABEL, cs.kdf);
  return async (leaf) => {
    const context = await cs.hash.digest(u32(leaf));
    return expandWithLabel(secret, 'exported', context, EPOCH_TAG_BYTES, cs.kdf);
  };
}
