// Hashes and key derivation are not WebCrypto's here, nor are those of HPKE (suite.ts): they must be the very same functions.
import { XWing as HpkeXWing } from '@hpke/hybridkem-x-wing';
import { XWing } from '@noble/post-quantum/hybrid.js';
import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls';
import { describe, expect, it } from 'vitest';
import { SUITES } from '#protocol';
import { makeThrowAwayKey } from '../vault/deviceKey.ts';
import { MLS_NAMES, suiteFor } from './suite.ts';
import { random } from './testing/insider.ts';

describe.each(SUITES)('%s', (suite) => {
  const ourSuite = async () => suiteFor(await makeThrowAwayKey(), suite);
  const theirSuite = () => getCiphersuiteImpl(getCiphersuiteFromName(MLS_NAMES[suite]));

  it('hashes, authenticates and derives as WebCrypto does, at every length around a block', async () => {
    const [ours, theirs] = [await ourSuite(), await theirSuite()];
    const { size } = theirs.kdf;
    expect(ours.kdf.size).toBe(size);
    // WebCrypto takes no HMAC key of 0 bytes.
    for (const length of [1, 31, 32, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 200, 1000]) {
      const [key, data] = [random(length), random(length)];
      expect(await ours.hash.digest(data)).toEqual(await theirs.hash.digest(data));
      const mac = await ours.hash.mac(key, data);
      expect(mac).toEqual(await theirs.hash.mac(key, data));
      expect(await ours.hash.verifyMac(key, mac, data)).toBe(true);
      mac[length % size] = (mac[length % size] ?? 0) ^ 1;
      expect(await ours.hash.verifyMac(key, mac, data)).toBe(false);
      const prk = random(size);
      expect(await ours.kdf.extract(prk, data)).toEqual(await theirs.kdf.extract(prk, data));
      expect(await ours.kdf.expand(prk, data, length)).toEqual(await theirs.kdf.expand(prk, data, length));
    }
  });

  it('seals, opens, exports and derives keys as HPKE with WebCrypto’s HKDF does, in both directions', async () => {
    const [{ hpke: ours }, { hpke: theirs }] = [await ourSuite(), await theirSuite()];
    for (const [one, other] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const [ikm, text, info, aad] = [random(32), random(100), random(40), random(20)];
      const pair = await one.deriveKeyPair(ikm);
      const same = await other.deriveKeyPair(ikm);
      expect(await one.exportPrivateKey(pair.privateKey)).toEqual(
        await other.exportPrivateKey(same.privateKey),
      );
      expect(await one.exportPublicKey(pair.publicKey)).toEqual(await other.exportPublicKey(same.publicKey));
      const { enc, ct } = await one.seal(pair.publicKey, text, info, aad);
      expect(await other.open(pair.privateKey, enc, ct, info, aad)).toEqual(text);
      await expect(other.open(pair.privateKey, enc, ct, random(40), aad)).rejects.toThrow();
      const exported = await one.exportSecret(pair.publicKey, text, 48, info);
      expect(await other.importSecret(pair.privateKey, text, exported.enc, 48, info)).toEqual(
        exported.secret,
      );
    }
  });
});

describe('X-Wing', () => {
  const kem = new HpkeXWing();

  it('agrees on a secret with another implementation of the same draft, whoever of the two encapsulates', async () => {
    const seed = random(32);
    const theirs = XWing.keygen(seed);
    const privateKey = await kem.deserializePrivateKey(seed.buffer);
    const publicKey = await kem.deserializePublicKey(Uint8Array.from(theirs.publicKey).buffer);
    const sent = await kem.encap({ recipientPublicKey: publicKey });
    expect(XWing.decapsulate(new Uint8Array(sent.enc), theirs.secretKey)).toEqual(
      new Uint8Array(sent.sharedSecret),
    );
    const { cipherText, sharedSecret } = XWing.encapsulate(theirs.publicKey);
    const enc = Uint8Array.from(cipherText).buffer;
    expect(new Uint8Array(await kem.decap({ recipientKey: privateKey, enc }))).toEqual(sharedSecret);
  });
});
