// What is left of a meeting in the memory of its members once the room has ended: nothing that opens a recording.
//
// The memory is that of this very process, with all members, sessions and key rings still there: every array of bytes and
// every key that the garbage collector cannot take. Each is tried on recorded frames and on the Welcomes of the transcript.
import { Session } from 'node:inspector/promises';
import { types } from 'node:util';
import type { CiphersuiteImpl, Welcome } from 'ts-mls';
import { decryptGroupSecrets } from 'ts-mls/welcome.js';
import { describe, expect, it } from 'vitest';
import { type PeerId, SUITES } from '#protocol';
import { findCodec } from '../codecs/index.ts';
import { hex } from '../link/bytes.ts';
import type { GroupToMedia } from '../messages.ts';
import { KeyRing } from '../sframe/keyRing.ts';
import { opener } from '../sframe/open.ts';
import { sealer } from '../sframe/seal.ts';
import { makeThrowAwayKey } from '../vault/deviceKey.ts';
import { sframeBaseKey } from './exporter.ts';
import { decodeWelcome } from './join.ts';
import { suiteFor } from './suite.ts';
import { type Page, World } from './testing/world.ts';

type Leaves = Extract<GroupToMedia, { type: 'epoch' }>['leaves'];
interface Recorded {
  readonly bytes: ArrayBuffer;
  readonly epoch: number;
  readonly from: PeerId;
  readonly leaves: Leaves;
}

const opus = findCodec('audio', 'opus');
if (!opus) throw new Error('no codec');
const TRACK = { slot: 'mic', kind: 'audio', codec: opus } as const;
const NOBODY = 1000;

/** Every object of this class that is alive, garbage excluded. */
async function alive(name: 'Uint8Array' | 'CryptoKey'): Promise<unknown[]> {
  const session = new Session();
  session.connect();
  const { result } = await session.post('Runtime.evaluate', { expression: `${name}.prototype` });
  const { objects } = await session.post('Runtime.queryObjects', {
    prototypeObjectId: result.objectId ?? '',
  });
  await session.post('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: 'function () { globalThis.alive = this; }',
  });
  session.disconnect();
  const holder = globalThis as { alive?: unknown[] };
  const found = [...(holder.alive ?? [])];
  delete holder.alive;
  return found;
}

async function arraysOf(length: number): Promise<Uint8Array[]> {
  const found = new Map<string, Uint8Array>();
  // Prototypes that are no arrays themselves are among them.
  for (const a of await alive('Uint8Array'))
    if (ArrayBuffer.isView(a) && a.byteLength === length) {
      const bytes = new Uint8Array(a.buffer, a.byteOffset, length).slice();
      found.set(hex(bytes), bytes);
    }
  return [...found.values()];
}

/** Keys of this kind are made for frames only. */
const frameKeys = async () =>
  (await alive('CryptoKey')).filter(
    (k) => types.isCryptoKey(k) && ['HKDF', 'AES-GCM'].includes(k.algorithm.name),
  );

async function opens({ bytes, epoch, from, leaves }: Recorded, baseKey: Uint8Array): Promise<boolean> {
  const ring = new KeyRing({ now: () => 0, after: () => undefined });
  ring.install({ epoch, baseKey: baseKey.slice(), selfLeaf: NOBODY, leaves, sendNow: false });
  return (await opener(ring, from, TRACK)(bytes.slice(0))) instanceof ArrayBuffer;
}

/** How many of these arrays open any of the recording, each taken for every kind of secret that has its length. */
async function opening(
  recording: readonly Recorded[],
  welcomes: readonly Welcome[],
  suite: CiphersuiteImpl,
): Promise<number> {
  let count = 0;
  const asBase = async (key: Uint8Array) => {
    for (const frame of recording) if (await opens(frame, key)) return true;
    return false;
  };
  const asInitKey = async (bytes: Uint8Array) => {
    const key = await suite.hpke.importPrivateKey(bytes);
    for (const w of welcomes)
      for (const { newMember } of w.secrets) {
        const opened = await decryptGroupSecrets(key, newMember, w, suite.hpke).catch(() => undefined);
        if (opened) return true;
      }
    return false;
  };
  for (const key of await arraysOf(16)) if (await asBase(key)) count++;
  // Private keys of either KEM have 32 bytes, secrets of the key schedule as many as the hash.
  for (const key of await arraysOf(32)) if (await asInitKey(key)) count++;
  for (const secret of await arraysOf(suite.kdf.size))
    if (await asBase(await sframeBaseKey(secret, suite))) count++;
  return count;
}

/** As the media worker does. */
function withRing(world: World, page: Page): KeyRing {
  const ring = new KeyRing({
    now: () => world.clock.now(),
    after: (ms, run) => void world.clock.setTimer(ms, run),
  });
  page.onMedia = (m) => {
    if (m.type === 'epoch') ring.install(m);
    else if (m.type === 'send-on') ring.sendOn(m.epoch);
    else if (m.type === 'hold') ring.hold();
    else ring.erase();
  };
  return ring;
}

async function recorded(ring: KeyRing, page: Page): Promise<Recorded> {
  const bytes = await sealer(ring, TRACK)(new Uint8Array(200).fill(7).buffer, 'delta');
  if (!(bytes instanceof ArrayBuffer) || !page.view) throw new Error(`not sealed: ${bytes}`);
  const leaves = page.view.members.map(({ leaf, peerId }) => ({ leaf, peerId }));
  return { bytes, epoch: page.view.epoch, from: page.peerId, leaves };
}

describe.each(SUITES)('once a room of %s has ended', (name) => {
  it('no array of bytes and no key in the memory of its members opens anything of what was recorded', async () => {
    const world = new World({ suite: name });
    const welcomes: Welcome[] = [];
    const suite = await suiteFor(await makeThrowAwayKey(), world.suite);
    world.fate = (_, push) => {
      if (push.type === 'welcomed') welcomes.push(decodeWelcome({ suite }, push.welcome));
      return 'deliver';
    };
    const pages = ['Ada', 'Bo', 'Cy'].map((name) => world.add(name));
    const [ada, bo, cy] = pages;
    if (!ada || !bo || !cy) throw new Error('nobody');
    const [ring] = pages.map((page) => withRing(world, page));
    if (!ring) throw new Error('no ring');
    await world.makeRoom(ada);
    const recording: Recorded[] = [];
    const meet = async (there: readonly Page[]) => {
      await there.at(-1)?.enter(world.fragment);
      await world.until(() => world.together(there) && there.every((p) => p.view?.settled));
      recording.push(await recorded(ring, ada));
    };
    await meet([ada]);
    await meet([ada, bo]);
    await meet([ada, bo, cy]);
    // That the search finds something while there is something to find.
    expect(await opening(recording, welcomes, suite)).toBeGreaterThan(0);
    expect((await frameKeys()).length).toBeGreaterThan(0);

    world.clock.sleep((ada.view?.expiresAt ?? 0) - world.clock.now());
    await world.pass(1000);
    expect(pages.map((p) => p.all('ended').map((m) => m.reason))).toEqual(pages.map(() => ['expired']));
    expect(welcomes.length).toBeGreaterThan(1);
    expect(await opening(recording, welcomes, suite)).toBe(0);
    expect(await frameKeys()).toEqual([]);
  }, 60_000);
});
