// A reloaded tab comes back; a duplicated one must not take its place.
import { describe, expect, it } from 'vitest';
import { PeerId, ResumeToken, RoomId } from '#protocol';
import { takeUp } from './reload.ts';

const roomId = RoomId.parse('r'.repeat(22));
const stay = {
  roomId,
  name: 'Ada',
  peerId: PeerId.parse('p'.repeat(22)),
  resumeToken: ResumeToken.parse('t'.repeat(52)),
  cameraOn: true,
  microphoneOn: false,
};

/** A tab's storage with this text in it. */
function tab(text: string | null) {
  const held = new Map(text === null ? [] : [['in-camera.stay', text]]);
  return {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  };
}

describe('takeUp', () => {
  it('takes up the stay after a reload', () => {
    expect(takeUp(roomId, 'reload', tab(JSON.stringify(stay)))).toEqual(stay);
  });

  it.each(['navigate', 'back_forward', 'prerender', undefined])(
    'takes up nothing when the page was opened by %s, as in a duplicated tab',
    (type) => {
      expect(takeUp(roomId, type, tab(JSON.stringify(stay)))).toBeNull();
    },
  );

  it('takes up nothing of another room', () => {
    expect(takeUp(RoomId.parse('x'.repeat(22)), 'reload', tab(JSON.stringify(stay)))).toBeNull();
  });

  it('gives a stay away once, and forgets one that does not count', () => {
    for (const type of ['reload', 'navigate']) {
      const storage = tab(JSON.stringify(stay));
      takeUp(roomId, type, storage);
      expect(storage.held.size).toBe(0);
    }
  });

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['another shape', JSON.stringify({ ...stay, token: 1 })],
    ['an empty name', JSON.stringify({ ...stay, name: '' })],
    ['a null', 'null'],
  ])('takes %s for no stay', (_what, text) => {
    expect(takeUp(roomId, 'reload', tab(text))).toBeNull();
  });
});
