// The link: its fragment, what is derived from it, names sealed under it.
import { describe, expect, it } from 'vitest';
import { LinkFragment } from '#e2ee/messages.ts';
import { newPeerId, newRoomId } from '../mls/testing/delivery.ts';
import { random } from '../mls/testing/insider.ts';
import { alike } from './alike.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { hex, utf8 } from './bytes.ts';
import { formatFragment, parseFragment } from './fragment.ts';
import { idBytes, peerIdOf } from './ids.ts';
import { hostKeyHash, keyHash } from './keyHash.ts';
import { deriveLinkKeys } from './keys.ts';
import { cleanName, openName, sealName } from './names.ts';
import { checkLinkProof, makeLinkProof } from './proof.ts';

const peer = () => idBytes(newPeerId()) ?? random(16);

describe('base64url', () => {
  it('has one text for one value', () => {
    for (let n = 0; n < 40; n++) {
      const bytes = random(n);
      expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
    }
    // The two spare bits of a 22-character id must be zero, or two texts would name one peer.
    expect(idBytes('AAAAAAAAAAAAAAAAAAAAAA')).toEqual(new Uint8Array(16));
    expect(idBytes('AAAAAAAAAAAAAAAAAAAAAB')).toBeUndefined();
    for (const junk of ['A', 'AA=', 'A A', 'ä', '+/+/']) expect(fromBase64url(junk)).toBeUndefined();
    expect(peerIdOf(new Uint8Array(16))).toBe('AAAAAAAAAAAAAAAAAAAAAA');
  });
});

it('a key is named by its SHA-256 (FIPS 180-4, "abc"), and in the link by the first half of it', () => {
  expect(hex(keyHash(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hex(hostKeyHash(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223');
});

it('what is derived from a link is what WebCrypto’s HKDF derives from it (RFC 5869)', async () => {
  const [secret, room] = [random(16), newRoomId()];
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const derived = async (label: string, bytes: number) => {
    const how = { name: 'HKDF', hash: 'SHA-256', salt: utf8(room), info: utf8(`in-camera 1 ${label}`) };
    return new Uint8Array(await crypto.subtle.deriveBits(how, root, bytes * 8));
  };
  const { nameKey, psk, pskId } = await deriveLinkKeys(secret, room);
  expect([nameKey, psk, pskId]).toEqual([
    await derived('display name', 32),
    await derived('group psk', 32),
    await derived('group psk id', 16),
  ]);
});

describe('the fragment', () => {
  it('holds secret and host key hash, and nothing else parses', () => {
    const hash = hostKeyHash(random(32));
    const parts = { secret: random(16), hostKeyHash: hash };
    const text = formatFragment(parts);
    expect(LinkFragment.safeParse(text).success).toBe(true);
    expect(parseFragment(text)).toEqual(parts);
    for (const bad of ['', text.slice(1), `${text}A`, `${text.slice(0, -1)}=`, `#${text.slice(1)}`]) {
      expect(parseFragment(bad)).toBeUndefined();
    }
  });
});

describe('the keys of the link', () => {
  it('differ by use and by room, and are the same for the same link', async () => {
    const secret = random(16);
    const room = newRoomId();
    const [a, again, elsewhere] = [
      await deriveLinkKeys(secret, room),
      await deriveLinkKeys(secret, room),
      await deriveLinkKeys(secret, newRoomId()),
    ];
    expect(again.psk).toEqual(a.psk);
    expect(again.nameKey).toEqual(a.nameKey);
    const all = [a, elsewhere].flatMap((k) => [k.psk, k.nameKey, k.pskId].map((b) => b.join()));
    expect(new Set(all).size).toBe(6);
    expect(a.proofKey.extractable).toBe(false);
  });

  it('prove the link for one key package in one room only', async () => {
    const roomId = newRoomId();
    const { proofKey } = await deriveLinkKeys(random(16), roomId);
    const { proofKey: other } = await deriveLinkKeys(random(16), roomId);
    const keyPackage = random(300);
    const proof = await makeLinkProof(proofKey, roomId, keyPackage);
    expect(proof).toHaveLength(32);
    const good = { roomId, keyPackage, proof };
    expect(await checkLinkProof(proofKey, good)).toBe(true);
    expect(await checkLinkProof(other, good)).toBe(false);
    expect(await checkLinkProof(proofKey, { ...good, roomId: newRoomId() })).toBe(false);
    expect(await checkLinkProof(proofKey, { ...good, keyPackage: random(300) })).toBe(false);
    expect(await checkLinkProof(proofKey, { ...good, proof: random(32) })).toBe(false);
  });
});

describe('a name', () => {
  it.each([
    ['  Ada \t Lovelace\n', 'Ada Lovelace'],
    ['A\u0308rger', 'Ärger'],
    ['ad\u202emin\u202c', 'admin'],
    ['a\u200bd\u200da\ufeff', 'ada'],
    ['\u0000\u0007\u001b[31mred', '[31mred'],
    ['\ud800x\udfff', 'x'],
    ['\u3164\u2800\u115f', ''],
    ['李四 👩', '李四 👩'],
    ['Ada\ufe0f', 'Ada'],
    ['A\u180bd\u{e0100}a\u{1bca0}\u{e01f5}', 'Ada'],
    ['Ada ❤\ufe0f\ufe0f', 'Ada ❤\ufe0f'],
    ['Ada ❤\u200b\ufe0f', 'Ada ❤'],
    ['x'.repeat(500), 'x'.repeat(128)],
    ['é'.repeat(100), 'é'.repeat(64)],
  ])('%j is cleaned to %j, and cleaning twice changes nothing', (raw, clean) => {
    expect(cleanName(raw)).toBe(clean);
    expect(cleanName(clean)).toBe(clean);
    expect(utf8(clean).byteLength).toBeLessThanOrEqual(128);
  });

  it.each([
    ['Ada', 'ADA\u200b'],
    ['Ada', 'Ada\ufe0f'],
    ['Ada', 'Ada\u{e0101}'],
    ['Ada', '\u0410da'],
    ['Ada', 'Ad\u03b1'],
    ['Ada', 'Ａｄａ'],
    ['Beth', '\u0412eth'],
    ['Ada ❤', 'Ada ❤\ufe0f'],
    ['Ida', 'lda'],
    ['Otto', '0tto'],
    ['Катя', 'катя'],
    ['Chloë', 'Chlo\u0451'],
  ])('%j is read as %j is', (a, b) => {
    expect(alike(a, b)).toBe(true);
    expect(alike(b, a)).toBe(true);
  });

  it.each([
    ['Ada', 'Ida'],
    ['Lila', 'Ilia'],
    ['Ada', 'Adà'],
    ['Катя', 'Кася'],
    ['李四', '李五'],
    ['👩', '👨'],
  ])('%j is not read as %j is', (a, b) => {
    expect(alike(a, b)).toBe(false);
  });

  it('opens for its own peer and key only, and its length is hidden in steps', async () => {
    const { nameKey } = await deriveLinkKeys(random(16), newRoomId());
    const owner = { peerId: peer(), signatureKey: random(32) };
    const sealed = sealName(nameKey, owner, { name: 'Ada', nonce: random(24) });
    expect(openName(nameKey, owner, sealed)).toBe('Ada');
    expect(openName(nameKey, { ...owner, peerId: peer() }, sealed)).toBeUndefined();
    expect(openName(nameKey, { ...owner, signatureKey: random(32) }, sealed)).toBeUndefined();
    expect(openName(random(32), owner, sealed)).toBeUndefined();
    const longer = sealName(nameKey, owner, { name: 'Ada Lovelace, Countess', nonce: random(24) });
    expect(longer.byteLength).toBe(sealed.byteLength);
    const longest = sealName(nameKey, owner, { name: 'x'.repeat(500), nonce: random(24) });
    expect(openName(nameKey, owner, longest)).toBe('x'.repeat(128));
  });

  it('that was sealed by a client without manners is cleaned when it is read', async () => {
    const { xchacha20poly1305 } = await import('@noble/ciphers/chacha.js');
    const { concat } = await import('./bytes.ts');
    const nameKey = random(32);
    const owner = { peerId: peer(), signatureKey: random(32) };
    const bound = concat(utf8('in-camera 1 name of'), owner.peerId, owner.signatureKey);
    const rude = (text: Uint8Array) => {
      const nonce = random(24);
      return concat(nonce, xchacha20poly1305(nameKey, nonce, bound).encrypt(text));
    };
    expect(openName(nameKey, owner, rude(utf8('\u202eadmin\u0000\u0000')))).toBe('admin');
    expect(openName(nameKey, owner, rude(utf8('\u200b\u200b')))).toBeUndefined();
    expect(openName(nameKey, owner, rude(Uint8Array.of(0xff, 0xfe, 0xfd)))).toBeUndefined();
    expect(openName(nameKey, owner, rude(utf8('x'.repeat(2000))))).toBeUndefined();
  });
});
