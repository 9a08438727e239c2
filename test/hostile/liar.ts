// A member that bypasses the page: it has the link and keeps to MLS, but seals whatever it likes as its name.
import { randomFillSync } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { claimBody, signedBytes } from '#protocol';
import { concat, utf8 } from '../../e2ee-worker/link/bytes.ts';
import { parseFragment } from '../../e2ee-worker/link/fragment.ts';
import { idBytes } from '../../e2ee-worker/link/ids.ts';
import { NAME_NONCE_BYTES } from '../../e2ee-worker/link/names.ts';
import { encodeCredential } from '../../e2ee-worker/mls/credential.ts';
import { epochTags } from '../../e2ee-worker/mls/exporter.ts';
import { type Identity, makeIdentity, makeKeyPackage } from '../../e2ee-worker/mls/identity.ts';
import { decodeWelcome, joinFromWelcome } from '../../e2ee-worker/mls/join.ts';
import { makeThrowAwayKey } from '../../e2ee-worker/vault/deviceKey.ts';
import { RawClient, readLink } from '../harness/rawClient.ts';

const random = (n: number) => randomFillSync(new Uint8Array(n));

export class Liar {
  readonly #client: RawClient;
  /** Resolves when the group has taken it in. */
  readonly welcomed: Promise<void>;

  private constructor(client: RawClient, welcomed: Promise<void>) {
    this.#client = client;
    this.welcomed = welcomed;
  }

  /** Throws what the server refuses. The name is sealed as it is, with nothing taken out of it. */
  static async enter(link: string, name: string): Promise<Liar> {
    const { origin, roomId, fragment } = readLink(link);
    const parts = parseFragment(fragment);
    if (!parts) throw new Error('no fragment');
    const client = await RawClient.connect(origin);
    const { peerId } = await client.start();
    const device = await makeThrowAwayKey();
    const suite = 'x25519';
    const honest = await makeIdentity({
      ...{ roomId, fragment: parts, peerId, name: 'x', device, suite, random },
    });
    const id = { ...honest, credential: credentialOf(honest, name) };
    const own = await makeKeyPackage(id, Date.now());
    const welcome = new Promise<{ epoch: number; welcome: Uint8Array }>((resolve) => {
      client.on('group:welcomed', resolve);
    });
    const signature = await device.sign(signedBytes('claim', claimBody(roomId, peerId)));
    const claim = { key: device.publicKey, signature };
    const request = { roomId, keyPackage: own.bytes, linkProof: own.linkProof, claim, suite } as const;
    const joined = await client.ask('meeting:join', request);
    if (joined.entry !== 'wait') throw new Error(`expected to be let in: ${joined.entry}`);
    const { meetingId } = joined;
    const welcomed = welcome.then(async ({ epoch, welcome: bytes }) => {
      const announced = { meetingId, epoch, nowMs: Date.now(), rights: [], returns: false };
      const input = { welcome: decodeWelcome(id, bytes), announced, cache: new WeakMap() };
      const { state } = await joinFromWelcome(id, own, input);
      const tags = await epochTags(state.keySchedule.exporterSecret, id.suite);
      await client.ask('group:applied', { epoch, tag: await tags(state.privatePath.leafIndex) });
    });
    return new Liar(client, welcomed);
  }

  async leave(): Promise<void> {
    await this.#client.ask('meeting:leave', {});
    this.#client.close();
  }
}

/** As `sealName` would, without making the name harmless first. */
function credentialOf({ link, peerId, device }: Identity, name: string) {
  const peer = idBytes(peerId);
  if (!peer) throw new Error('no peer id');
  const text = utf8(name);
  const padded = new Uint8Array(Math.ceil(text.byteLength / 32) * 32);
  padded.set(text);
  const nonce = random(NAME_NONCE_BYTES);
  const boundTo = concat(utf8('in-camera 1 name of'), peer, device.publicKey);
  return encodeCredential(
    peer,
    concat(nonce, xchacha20poly1305(link.nameKey, nonce, boundTo).encrypt(padded)),
  );
}
