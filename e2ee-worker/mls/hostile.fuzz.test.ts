// Hostile bytes in every place where the server's bytes come in: only contracted outcomes, and the group is unharmed.
import { describe, expect, it } from 'vitest';
import { FromGroup } from '#e2ee/messages.ts';
import { EPOCH_TAG_BYTES, PeerId } from '#protocol';
import { heldPerCase, LEAK_BYTES } from '../../test/harness/heap.ts';
import { toBase64url } from '../link/base64url.ts';
import { equalBytes } from '../link/bytes.ts';
import { makeLinkProof } from '../link/proof.ts';
import { decodeExactly } from './codec.ts';
import { Insider } from './testing/insider.ts';
import { type Random, seeded } from './testing/random.ts';
import { type Page, World } from './testing/world.ts';

const CASES = 10_000;
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`hostile.fuzz seed: ${seed} (repeat with FUZZ_SEED=${seed})\n`);

/** One of: bits flipped, cut, grown, a piece copied elsewhere, or plain noise. */
function mutate(random: Random, from: Uint8Array): Uint8Array {
  const kind = random.below(6);
  if (kind === 0) return random.bytes(1 + random.below(400));
  if (kind === 1) return from.slice(0, random.below(from.length - 1) + 1);
  const out = kind === 2 ? Uint8Array.from([...from, ...random.bytes(1 + random.below(20))]) : from.slice();
  if (kind === 3)
    out.copyWithin(random.below(out.length), random.below(out.length), random.below(out.length));
  const flips = kind === 4 ? 1 : 1 + random.below(8);
  for (let i = 0; i < flips; i++) out[random.below(out.length)] = random.below(256);
  // Lengths and types lie at the front: that is where decoders break.
  if (kind === 5) out[random.below(Math.min(64, out.length))] = random.below(256);
  // One of the samples is a commit that would be right to follow.
  if (equalBytes(out, from)) out[0] = (out[0] ?? 0) ^ 1;
  return out;
}

async function target(): Promise<{
  world: World;
  page: Page;
  waiting: Page;
  samples: Uint8Array[];
  eve: Insider;
}> {
  const world = new World();
  const [page] = await world.meeting(3);
  await world.pass(8000);
  const eve = await Insider.join(world);
  await world.until(() => page?.view?.members.length === 4 && page.view.settled);
  // Another at the door, whom nobody adds.
  const waiting = world.add('Waiting');
  waiting.onEmit = () => undefined;
  await waiting.enter(world.fragment);
  await waiting.give({ type: 'await-welcome', meetingId: world.delivery.meetingId });
  if (!page) throw new Error('no member');
  page.onEmit = () => undefined;
  const entered = waiting.all('entered')[0]?.keyPackage ?? new Uint8Array();
  const welcome = world.pages
    .flatMap((p) => p.all('send-commit'))
    .flatMap((c) => (c.welcome ? [c.welcome] : []))[0];
  const commits = [(await eve.craft([])).commit, ...world.delivery.log.map((c) => c.commit)];
  return { world, page, waiting, eve, samples: [entered, welcome ?? entered, ...commits] };
}

/** Whatever was said so far is of the contract and no fault, and is forgotten then. */
function checkSaid(pages: readonly Page[]): void {
  for (const p of pages) {
    expect(p.all('fault')).toEqual([]);
    for (const m of p.emitted.splice(0)) expect(FromGroup.safeParse(m).success).toBe(true);
  }
}

describe('hostile bytes', () => {
  it(`are refused, ${CASES} of them, and a group that was fed them goes on`, async () => {
    const random = seeded(seed);
    const { world, page, waiting, eve, samples } = await target();
    const epoch = page.view?.epoch ?? 0;
    const code = page.view?.safetyCode;
    const { peerId: from } = eve.id;
    const held = await heldPerCase(CASES, async (i) => {
      const bytes = mutate(random, samples[random.below(samples.length)] ?? new Uint8Array([1]));
      const at = random.chance(0.9) ? epoch : random.below(100);
      const roll = random.below(4);
      if (roll === 0) void page.give({ type: 'committed', commit: { epoch: at, from, commit: bytes } });
      else if (roll === 1) {
        // With a valid proof, or nothing behind it would ever be reached.
        const { proofKey } = eve.id.link;
        const linkProof = await makeLinkProof(proofKey, world.delivery.roomId, bytes);
        const arrival = { peerId: from, keyPackage: bytes, linkProof };
        void page.give({ type: 'peer-arrived', arrival });
      } else if (roll === 2) void waiting.give({ type: 'welcomed', epoch: at, welcome: bytes });
      else decodeExactly(bytes);
      if (i % 100 < 99) return;
      await world.idle();
      checkSaid([page, waiting]);
    });
    expect(held).toBeLessThan(LEAK_BYTES);
    expect(waiting.view).toBeUndefined();
    expect(waiting.media).toEqual([]);
    expect([page.view?.epoch, page.view?.safetyCode]).toEqual([epoch, code]);
    // Unharmed: the next real commit is followed.
    const { commit } = await eve.craft([]);
    await page.give({ type: 'committed', commit: { epoch, from, commit } });
    expect(page.view?.epoch).toBe(epoch + 1);
  }, 60_000);

  it('are not all: of a server that invents peers and tags without end, no more is kept than is bounded', async () => {
    const random = seeded(seed + 1);
    const { world, page } = await target();
    const epoch = page.view?.epoch ?? 0;
    const anybody = () => PeerId.parse(toBase64url(random.bytes(16)));
    const tag = random.bytes(EPOCH_TAG_BYTES);
    // Two thirds of half of them fill what is kept of those who are there, and of those who have left.
    const held = await heldPerCase(3 * CASES, async (i) => {
      const roll = random.below(6);
      if (roll < 4) {
        const presence = roll < 2 ? 'here' : 'left';
        void page.give({ type: 'peer-presence', peerId: anybody(), presence });
      } else if (roll === 4) {
        const tags = Array.from({ length: 20 }, () => ({ peerId: anybody(), tag }));
        void page.give({ type: 'confirmed', epoch: epoch + 1 + random.below(1000), tags });
      } else void page.give({ type: 'commit-answered', id: i, outcome: 'failed' });
      if (i % 100 < 99) return;
      await world.idle();
      checkSaid([page]);
    });
    expect(held).toBeLessThan(LEAK_BYTES);
    expect(page.view?.epoch).toBe(epoch);
  }, 60_000);
});
