// Tile sizes in, layers out.
import { describe, expect, it } from 'vitest';
import { ladderOf, layersFor, priorityFor } from './layers.ts';

const camera = ladderOf([
  { rid: 'r0', scaleResolutionDownBy: 4, scalabilityMode: 'L1T3' },
  { rid: 'r1', scaleResolutionDownBy: 2, scalabilityMode: 'L1T3' },
  { rid: 'r2', scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
]);
const tile = (width: number, height: number) => ({ width, height });

describe('the ladder of a stream', () => {
  it.each([
    ['three simulcast encodings', camera, [180, 360, 720], 3],
    [
      'two of a smaller capture',
      ladderOf([{ scaleResolutionDownBy: 2 }, { scaleResolutionDownBy: 1 }]),
      [180, 360],
      1,
    ],
    ['encodings without a scale, which WebRTC halves', ladderOf([{}, {}, {}]), [180, 360, 720], 1],
    ['SVC', ladderOf([{ scalabilityMode: 'L3T3_KEY' }]), [180, 360, 720], 3],
    ['temporal layers only', ladderOf([{ scalabilityMode: 'L1T2' }]), [180], 2],
    ['one plain encoding', ladderOf([{}]), [180], 1],
    ['no encodings at all', ladderOf([]), [180], 1],
    ['scales that would divide by nothing', ladderOf([{ scaleResolutionDownBy: 0 }, {}]), [180, 180], 1],
  ])('of %s is known', (_, ladder, lines, temporal) => {
    expect(ladder).toEqual({ lines, temporal });
  });
});

describe('the layers for a tile', () => {
  it.each([
    [tile(320, 180), 0, 2],
    [tile(400, 225), 0, 2],
    [tile(402, 226), 1, 2],
    [tile(640, 360), 1, 2],
    [tile(800, 450), 1, 2],
    [tile(802, 451), 2, 2],
    [tile(1280, 720), 2, 2],
    [tile(8192, 8192), 2, 2],
    // As wide as a full picture, cropped to a strip: the width decides.
    [tile(1280, 100), 2, 2],
    // A phone held upright: the height decides.
    [tile(300, 650), 2, 2],
    [tile(160, 90), 0, 1],
    [tile(1, 1), 0, 1],
  ])('of %j are spatial %i, temporal %i', (size, spatialLayer, temporalLayer) => {
    expect(layersFor(camera, 'camera', size)).toEqual({ spatialLayer, temporalLayer });
  });

  it.each([tile(0, 0), tile(0, 100), tile(100, 0)])('are none when nobody can see it: %j', (size) => {
    expect(layersFor(camera, 'camera', size)).toBeUndefined();
    expect(layersFor(camera, 'screen', size)).toBeUndefined();
  });

  it('of a shared screen are all of them as soon as text can be read', () => {
    expect(layersFor(camera, 'screen', tile(430, 240))).toEqual({ spatialLayer: 2, temporalLayer: 2 });
    expect(layersFor(camera, 'screen', tile(160, 90))).toEqual({ spatialLayer: 0, temporalLayer: 2 });
  });

  it('never lie outside the ladder, whatever the size', () => {
    for (const ladder of [
      camera,
      ladderOf([{}]),
      ladderOf([{}, {}]),
      ladderOf([{ scalabilityMode: 'L3T1' }]),
    ]) {
      for (let size = 1; size <= 8192; size *= 2) {
        const layers = layersFor(ladder, 'camera', tile(size, size));
        expect(layers?.spatialLayer).toBeLessThan(ladder.lines.length);
        expect(layers?.temporalLayer).toBeLessThan(ladder.temporal);
        expect(layers?.temporalLayer).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('grow with the tile, never shrink', () => {
    let last = 0;
    for (let height = 1; height < 1000; height += 1) {
      const spatial = layersFor(camera, 'camera', tile(height, height))?.spatialLayer ?? -1;
      expect(spatial).toBeGreaterThanOrEqual(last);
      last = spatial;
    }
  });
});

it('bandwidth goes to a shared screen first, then to the large picture, then to thumbnails', () => {
  const order = [
    priorityFor(camera, 'screen', { spatialLayer: 0, temporalLayer: 0 }),
    priorityFor(camera, 'camera', { spatialLayer: 2, temporalLayer: 2 }),
    priorityFor(camera, 'camera', { spatialLayer: 0, temporalLayer: 2 }),
  ];
  expect(order).toEqual([4, 2, 1]);
});
