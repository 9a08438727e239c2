// A recording comes back whole and in its order, or up to where somebody has touched it; and nothing of it stays behind.
import { describe, expect, it } from 'vitest';
import { PieceSeal } from './PieceSeal.ts';
import type { Place } from './place.ts';
import { SealedPieces } from './SealedPieces.ts';

class FakePlace implements Place {
  readonly files = new Map<number, Uint8Array<ArrayBuffer>>();
  cleared = false;
  room = Number.POSITIVE_INFINITY;

  async put(number: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.files.size >= this.room) throw new DOMException('full', 'QuotaExceededError');
    this.files.set(number, bytes);
  }
  async get(number: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.files.get(number);
    if (!bytes) throw new DOMException('gone', 'NotFoundError');
    return bytes;
  }
  async clear(): Promise<void> {
    this.cleared = true;
    this.files.clear();
  }
}

/** The first is slower to read than the others. */
class SlowBlob extends Blob {
  override async arrayBuffer(): Promise<ArrayBuffer> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return super.arrayBuffer();
  }
}

async function recorded(words: readonly string[]) {
  const place = new FakePlace();
  const seal = new PieceSeal();
  const pieces = new SealedPieces(place, seal);
  await Promise.all(words.map((word, i) => pieces.add(i === 0 ? new SlowBlob([word]) : new Blob([word]))));
  return { place, seal, pieces };
}

describe('what was recorded', () => {
  it('comes back in the order in which it was added', async () => {
    const { pieces } = await recorded(['one ', 'two ', 'three']);
    const { file, whole } = await pieces.finish('video/webm');
    expect([await file.text(), file.type, whole]).toEqual(['one two three', 'video/webm', true]);
  });

  it('can have its beginning amended, and nothing else', async () => {
    const { pieces } = await recorded(['one ', 'two ', 'three']);
    const { file } = await pieces.finish('video/webm', (first) => first.map((byte) => byte - 32));
    expect(await file.text()).toBe('ONE\0two three');
  });

  it('comes back up to the piece that was changed, and is said not to be whole', async () => {
    const { place, pieces } = await recorded(['one ', 'two ', 'three']);
    place.files.get(1)?.set([0], 0);
    place.files.get(1)?.set([1], 1);
    const { file, whole } = await pieces.finish('video/webm');
    expect([await file.text(), whole]).toEqual(['one ', false]);
  });

  it('comes back up to the piece that is missing', async () => {
    const { place, pieces } = await recorded(['one ', 'two ', 'three']);
    place.files.delete(2);
    const { file, whole } = await pieces.finish('video/webm');
    expect([await file.text(), whole]).toEqual(['one two ', false]);
  });

  it('comes back up to the pieces that were swapped', async () => {
    const { place, pieces } = await recorded(['one ', 'two ', 'three']);
    const [second, third] = [await place.get(1), await place.get(2)];
    place.files.set(1, third).set(2, second);
    const { file, whole } = await pieces.finish('video/webm');
    expect([await file.text(), whole]).toEqual(['one ', false]);
  });

  it('leaves nothing behind, and its key is gone', async () => {
    const { place, seal, pieces } = await recorded(['one']);
    await pieces.finish('video/webm');
    expect([place.cleared, place.files.size]).toEqual([true, 0]);
    expect(() => seal.seal(Uint8Array.of(1))).toThrow('wiped');
  });
});

it('when the disk is full the caller hears of it, nothing is written after that, and what there was comes back', async () => {
  const { place, pieces } = await recorded(['one ', 'two ']);
  place.room = 2;
  await expect(pieces.add(new Blob(['three']))).rejects.toThrow('full');
  place.room = 10;
  await expect(pieces.add(new Blob(['four']))).rejects.toThrow('full');
  const { file, whole } = await pieces.finish('video/webm');
  expect([await file.text(), whole]).toEqual(['one two ', false]);
});
