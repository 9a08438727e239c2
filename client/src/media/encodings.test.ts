// Layers that Chromium would never fill must not be announced: the sfu would wait for them.
import { describe, expect, it } from 'vitest';
import { cameraEncodings, layerCount } from './encodings.ts';

describe('cameraEncodings', () => {
  it.each([
    [1920, 1080, 3],
    [1280, 720, 3],
    [720, 1280, 3],
    [960, 540, 3],
    [640, 360, 2],
    [640, 480, 2],
    [480, 270, 2],
    [320, 240, 1],
    [160, 120, 1],
  ])('sends %d × %d in %d layers', (width, height, layers) => {
    expect(layerCount(width, height)).toBe(layers);
    expect(cameraEncodings(width, height)).toHaveLength(layers);
  });

  it('ends with the full size and halves from layer to layer below it', () => {
    const scales = (w: number, h: number) => cameraEncodings(w, h).map((e) => e.scaleResolutionDownBy);
    expect(scales(1280, 720)).toEqual([4, 2, 1]);
    expect(scales(640, 360)).toEqual([2, 1]);
    expect(scales(320, 240)).toEqual([1]);
  });

  it('gives larger layers more bits', () => {
    const bitrates = cameraEncodings(1280, 720).map((e) => e.maxBitrate ?? 0);
    expect(bitrates).toEqual([...bitrates].sort((a, b) => a - b));
    expect(new Set(bitrates).size).toBe(3);
  });
});
