// Where frames cannot be encrypted there is no call at all: the page must know before anyone joins.
import { expect, it } from 'vitest';
import { missingSupport } from './support.ts';

const whole = { isSecureContext: true, crossOriginIsolated: true, RTCRtpScriptTransform: class {}, crypto };

/** As WebCrypto answers for an algorithm that it does not know. */
function without(algorithm: string): Pick<Crypto, 'subtle'> {
  const generateKey = (asked: { name: string }, ...rest: [boolean, KeyUsage[]]) =>
    asked.name === algorithm
      ? Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
      : crypto.subtle.generateKey(asked, ...rest);
  return { subtle: Object.assign(Object.create(crypto.subtle), { generateKey }) };
}

it('finds nothing missing in a secure context with encoded transforms and the keys of the suite', async () => {
  expect(await missingSupport(whole)).toBe(null);
});

it('names the insecure context first, because nothing else can be mended before it', async () => {
  expect(await missingSupport({ ...whole, isSecureContext: false })).toBe('insecure-context');
  expect(await missingSupport({ isSecureContext: false, crypto })).toBe('insecure-context');
});

it('refuses a browser without encoded transforms instead of sending in clear', async () => {
  const { isSecureContext, crossOriginIsolated } = whole;
  expect(await missingSupport({ isSecureContext, crossOriginIsolated, crypto })).toBe('no-transform');
});

it('says what a proxy took away, before it blames the browser', async () => {
  expect(await missingSupport({ isSecureContext: true, crossOriginIsolated: false, crypto })).toBe(
    'not-isolated',
  );
});

it.each(['Ed25519', 'X25519'])('refuses a browser that makes no %s keys', async (algorithm) => {
  expect(await missingSupport({ ...whole, crypto: without(algorithm) })).toBe('no-keys');
});
