// Hashes and key derivation are not WebCrypto's here, nor are those of HPKE (suite.ts): they must be the very same functions.
import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls';
import { expect, it } from 'vitest';
import { makeThrowAwayKey } from '../vault/deviceKey.ts';
import { SUITE, suiteFor } from './suite.ts';
import { random } from './testing/insider.ts';

it('hashes, authenticates and derives as WebCrypto does, at every length around a block', async () => {
  const ours = await suiteFor(await makeThrowAwayKey());
  const theirs = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  expect(ours.kdf.size).toBe(theirs.kdf.size);
  // WebCrypto takes no HMAC key of 0 bytes.
  for (const length of [1, 31, 32, 55, 56, 63, 64, 65, 200, 1000]) {
    const [key, data] = [random(length), random(length)];
    expect(await ours.hash.digest(data)).toEqual(await theirs.hash.digest(data));
    const mac = await ours.hash.mac(key, data);
    expect(mac).toEqual(await theirs.hash.mac(key, data));
    expect(await ours.hash.verifyMac(key, mac, data)).toBe(true);
    mac[length % 32] = (mac[length % 32] ?? 0) ^ 1;
    expect(await ours.hash.verifyMac(key, mac, data)).toBe(false);
    const prk = random(32);
    expect(await ours.kdf.extract(prk, data)).toEqual(await theirs.kdf.extract(prk, data));
    expect(await ours.kdf.expand(prk, data, length)).toEqual(await theirs.kdf.expand(prk, data, length));
  }
});

it('seals, opens, exports and derives keys as HPKE with WebCrypto’s HKDF does, in both directions', async () => {
  const { hpke: ours } = await suiteFor(await makeThrowAwayKey());
  const { hpke: theirs } = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
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
    expect(await other.importSecret(pair.privateKey, text, exported.enc, 48, info)).toEqual(exported.secret);
  }
});
