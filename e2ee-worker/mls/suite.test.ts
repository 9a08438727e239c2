// Hashes and key derivation are not WebCrypto's here (suite.ts): they must be the very same functions.
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
