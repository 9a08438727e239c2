// Where frames cannot be encrypted there is no call at all: the page must know before anyone joins.
import { expect, it } from 'vitest';
import { missingSupport } from './support.ts';

it('finds nothing missing in a secure context with encoded transforms', () => {
  expect(missingSupport({ isSecureContext: true, RTCRtpScriptTransform: class {} })).toBe(null);
});

it('names the insecure context first, because nothing else can be mended before it', () => {
  expect(missingSupport({ isSecureContext: false, RTCRtpScriptTransform: class {} })).toBe(
    'insecure-context',
  );
  expect(missingSupport({ isSecureContext: false })).toBe('insecure-context');
});

it('refuses a browser without encoded transforms instead of sending in clear', () => {
  expect(missingSupport({ isSecureContext: true })).toBe('no-transform');
});
