// What a page asks for: sounds of members always, pictures only while somebody looks, nothing of strangers.
import { describe, expect, it } from 'vitest';
import { ConsumerId, PeerId } from '#protocol';
import { sameWanted, tileKey, wantedOf } from './wanted.ts';

const peer = (letter: string) => PeerId.parse(letter.repeat(22));
const consumer = (n: number) => ConsumerId.parse(`00000000-0000-4000-8000-00000000000${n}`);
const ada = peer('a');
const ghost = peer('g');
const mic = { consumerId: consumer(1), peerId: ada, slot: 'mic', kind: 'audio' } as const;
const camera = { consumerId: consumer(2), peerId: ada, slot: 'camera', kind: 'video' } as const;
const members = new Set([ada]);
const sharers = members;

describe('wantedOf', () => {
  it('asks for sound even when no tile is visible', () => {
    expect(wantedOf({ offers: [mic, camera], members, sharers, sizes: new Map() })).toEqual([
      { consumerId: mic.consumerId, width: 0, height: 0 },
    ]);
  });

  it('asks for a picture at the size of its tile, in whole pixels within the protocol’s bounds', () => {
    const sizes = new Map([[tileKey(ada, 'camera'), { width: 640.4, height: 90_000 }]]);
    expect(wantedOf({ offers: [camera], members, sharers, sizes })).toEqual([
      { consumerId: camera.consumerId, width: 640, height: 8192 },
    ]);
  });

  it('asks for pictures that nobody looks at while they are recorded, small ones of people and large ones of screens', () => {
    const screen = { ...camera, consumerId: consumer(3), slot: 'screen' } as const;
    const offers = [camera, screen];
    expect(wantedOf({ offers, members, sharers, sizes: new Map(), recorded: false })).toEqual([]);
    expect(wantedOf({ offers, members, sharers, sizes: new Map(), recorded: true })).toEqual([
      { consumerId: camera.consumerId, width: 320, height: 180 },
      { consumerId: screen.consumerId, width: 1280, height: 720 },
    ]);
    const sizes = new Map([[tileKey(ada, 'camera'), { width: 640, height: 360 }]]);
    expect(wantedOf({ offers: [camera], members, sharers, sizes, recorded: true })[0]?.width).toBe(640);
    expect(wantedOf({ offers, members: new Set(), sharers, sizes, recorded: true })).toEqual([]);
  });

  it('does not wait for the screen to measure its tiles before it asks for the first picture', () => {
    const [first] = wantedOf({ offers: [camera], members, sharers, sizes: null });
    expect(first?.width).toBeGreaterThan(0);
  });

  it('never asks for streams of somebody who is not in the group', () => {
    const sizes = new Map([[tileKey(ghost, 'camera'), { width: 640, height: 360 }]]);
    const offers = [
      { ...mic, peerId: ghost },
      { ...camera, peerId: ghost },
    ];
    expect(wantedOf({ offers, members, sharers, sizes })).toEqual([]);
    expect(wantedOf({ offers, members, sharers, sizes: null })).toEqual([]);
  });

  it('tells the tile of a shared screen from the camera of the same member', () => {
    const screen = { ...camera, consumerId: consumer(3), slot: 'screen' } as const;
    const sizes = new Map([[tileKey(ada, 'screen'), { width: 1280, height: 720 }]]);
    const wanted = wantedOf({ offers: [camera, screen], members, sharers, sizes });
    expect(wanted.map((w) => w.consumerId)).toEqual([screen.consumerId]);
  });

  it('asks for no screen, and no sound of one, of somebody who may not share', () => {
    const screen = { ...camera, consumerId: consumer(3), slot: 'screen' } as const;
    const sound = { ...mic, consumerId: consumer(4), slot: 'screen-audio' } as const;
    const offers = [mic, screen, sound];
    const wanted = wantedOf({ offers, members, sharers: new Set<PeerId>(), sizes: null });
    expect(wanted.map((w) => w.consumerId)).toEqual([mic.consumerId]);
  });
});

describe('sameWanted', () => {
  const a = { consumerId: consumer(1), width: 0, height: 0 };
  const b = { consumerId: consumer(2), width: 640, height: 360 };
  it('does not care for order', () => {
    expect(sameWanted([a, b], [b, a])).toBe(true);
  });
  it.each([
    ['a stream more', [a, b], [a]],
    ['a stream less', [a], [a, b]],
    ['another stream', [a], [{ ...a, consumerId: consumer(3) }]],
    ['another width', [b], [{ ...b, width: 320 }]],
    ['another height', [b], [{ ...b, height: 180 }]],
  ])('notices %s', (_what, before, now) => {
    expect(sameWanted(before, now)).toBe(false);
  });
});
