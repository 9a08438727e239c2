// The MLS library we lean on: exactly the release that was examined, run against the vectors of the MLS working group
// (mlswg/mls-implementations at cfd4502, test-vectors/passive-client-*.json). The vectors are not part of this repository.
//
// Of the suite that is used all are followed, of each of the other six two of a file: they are there to find what the library
// gets wrong in general, and in JavaScript the larger curves take half a minute. For suites 3, 4 and 6 (ChaCha20-Poly1305, X448) ts-mls wants @hpke/chacha20poly1305 and
// @hpke/dhkem-x448, which are here for this file only: the product uses neither.
import { existsSync, readFileSync } from 'node:fs';
import {
  acceptAll,
  type CiphersuiteImpl,
  type CiphersuiteName,
  type ClientState,
  ciphersuites,
  decodeMlsMessage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type MLSMessage,
  makePskIndex,
  processMessage,
  type RatchetTree,
} from 'ts-mls';
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { memoryVault } from '../vault/deviceKey.ts';
import { MLS_NAMES, suiteFor } from './suite.ts';

const INTEGRITY =
  'sha512-BFb9qJ3V1+HIuifC+MtnlROEj3oc6NEzA7Ig1/LAmANDRhNay7UCnwkzijzHH9cav5wf1BoJw8KQ2mXiEhPy1Q==';
const SUITE_1 = ciphersuites[MLS_NAMES.x25519];
/** Vectors of each suite that is not ours. */
const OTHERS = 2;
const root = new URL('../../', import.meta.url);

const Vector = z.object({
  cipher_suite: z.number(),
  external_psks: z.array(z.object({ psk_id: z.string(), psk: z.string() })),
  key_package: z.string(),
  signature_priv: z.string(),
  encryption_priv: z.string(),
  init_priv: z.string(),
  welcome: z.string(),
  ratchet_tree: z.nullable(z.string()),
  initial_epoch_authenticator: z.string(),
  epochs: z.array(
    z.object({ proposals: z.array(z.string()), commit: z.string(), epoch_authenticator: z.string() }),
  ),
});
type Vector = z.infer<typeof Vector>;

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (b: Uint8Array) => Buffer.from(b).toString('hex');

const names: ReadonlyMap<number, CiphersuiteName> = new Map(
  (Object.keys(ciphersuites) as CiphersuiteName[]).map((n) => [ciphersuites[n], n]),
);

function message<W extends MLSMessage['wireformat']>(t: string, wireformat: W) {
  const decoded = decodeMlsMessage(bytes(t), 0)?.[0];
  if (decoded?.wireformat !== wireformat) throw new Error(`not a ${wireformat}`);
  return decoded as Extract<MLSMessage, { wireformat: W }>;
}

const pskIndex = (v: Vector, state: ClientState | undefined) =>
  makePskIndex(
    state,
    Object.fromEntries(
      v.external_psks.map((p) => [Buffer.from(p.psk_id, 'hex').toString('base64'), bytes(p.psk)]),
    ),
  );

async function join(v: Vector, suite: CiphersuiteImpl): Promise<ClientState> {
  const tree: RatchetTree | undefined =
    v.ratchet_tree === null ? undefined : decodeRatchetTree(bytes(v.ratchet_tree), 0)?.[0];
  const keys = {
    hpkePrivateKey: bytes(v.encryption_priv),
    initPrivateKey: bytes(v.init_priv),
    signaturePrivateKey: bytes(v.signature_priv),
  };
  const { keyPackage } = message(v.key_package, 'mls_key_package');
  const { welcome } = message(v.welcome, 'mls_welcome');
  return joinGroup(welcome, keyPackage, keys, pskIndex(v, undefined), suite, tree);
}

async function process(
  v: Vector,
  state: ClientState,
  t: string,
  suite: CiphersuiteImpl,
): Promise<ClientState> {
  const decoded = decodeMlsMessage(bytes(t), 0)?.[0];
  if (decoded?.wireformat !== 'mls_public_message' && decoded?.wireformat !== 'mls_private_message') {
    throw new Error('neither public nor private message');
  }
  return (await processMessage(decoded, state, pskIndex(v, state), acceptAll, suite)).newState;
}

async function follow(v: Vector, suite: CiphersuiteImpl): Promise<void> {
  let state = await join(v, suite);
  expect(text(state.keySchedule.epochAuthenticator)).toBe(v.initial_epoch_authenticator);
  for (const epoch of v.epochs) {
    for (const proposal of epoch.proposals) state = await process(v, state, proposal, suite);
    state = await process(v, state, epoch.commit, suite);
    expect(text(state.keySchedule.epochAuthenticator)).toBe(epoch.epoch_authenticator);
  }
}

describe('the MLS library', () => {
  it('is ts-mls 1.6.4, byte for byte', () => {
    const Lock = z.object({
      packages: z.record(
        z.string(),
        z.object({ version: z.optional(z.string()), integrity: z.optional(z.string()) }),
      ),
    });
    const lock = Lock.parse(JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')));
    expect(lock.packages['node_modules/ts-mls']).toMatchObject({ version: '1.6.4', integrity: INTEGRITY });
    const manifest = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')));
    expect(manifest.dependencies['ts-mls']).toBe('1.6.4');
  });

  for (const [file, perSuite] of [
    ['mls-passive-client-welcome.json', 8],
    ['mls-passive-client-handling-commit.json', 13],
  ] as const) {
    const path = new URL(`../shared/vectors/${file}`, root);
    const found = existsSync(path);
    const why = found ? '' : ` (SKIPPED: ${path.pathname} is absent)`;
    it.skipIf(!found)(
      `follows ${file}: all ${perSuite} of our suite, two of each of the other six of RFC 9420${why}`,
      async () => {
        const vectors = z.array(Vector).parse(JSON.parse(readFileSync(path, 'utf8')));
        const followed = new Map<number, number>();
        const device = await memoryVault().deviceKey();
        for (const v of vectors) {
          const enough = v.cipher_suite === SUITE_1 ? perSuite : OTHERS;
          if ((followed.get(v.cipher_suite) ?? 0) >= enough) continue;
          const name = names.get(v.cipher_suite);
          if (!name) throw new Error(`ts-mls has no suite ${v.cipher_suite}`);
          // Ours with the product's own hashes, HPKE and signatures (suite.ts).
          const ours = v.cipher_suite === SUITE_1;
          await follow(
            v,
            ours ? await suiteFor(device, 'x25519') : await getCiphersuiteImpl(getCiphersuiteFromName(name)),
          );
          followed.set(v.cipher_suite, (followed.get(v.cipher_suite) ?? 0) + 1);
        }
        const expected = [1, 2, 3, 4, 5, 6, 7].map(
          (suite) => [suite, suite === 1 ? perSuite : OTHERS] as const,
        );
        expect(followed).toEqual(new Map(expected));
        expect(SUITE_1).toBe(1);
      },
      120_000,
    );
  }
});
