// Are these bytes distinguishable from random ones? Simple statistics with bounds so wide that random bytes never fail them.

export type Randomness = {
  bytes: number;
  /** Standard deviations from the expected chi-square of 256 byte values. */
  frequency: number;
  /** Standard deviations from as many ones as zeros. */
  ones: number;
  /** Standard deviations from no correlation between a byte and the next. */
  serial: number;
  /** Standard deviations from as many equal neighbours in the same place of consecutive frames as chance gives. */
  columns: number;
};

/** Six sigma: one failure in 10⁸ runs. Real codec output is off by hundreds. */
export const SIGMA = 6;

export function measure(frames: readonly Uint8Array[]): Randomness {
  const all = Buffer.concat(frames);
  return {
    bytes: all.length,
    frequency: frequency(all),
    ones: ones(all),
    serial: serial(all),
    columns: columns(frames),
  };
}

export function looksRandom(r: Randomness): boolean {
  return [r.frequency, r.ones, r.serial, r.columns].every((z) => Math.abs(z) < SIGMA);
}

function frequency(bytes: Uint8Array): number {
  const counts = new Array<number>(256).fill(0);
  for (const b of bytes) counts[b] = (counts[b] ?? 0) + 1;
  const expected = bytes.length / 256;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  return (chiSquare - 255) / Math.sqrt(2 * 255);
}

function ones(bytes: Uint8Array): number {
  let count = 0;
  for (let b of bytes) for (; b > 0; b >>= 1) count += b & 1;
  const bits = bytes.length * 8;
  return (count - bits / 2) / Math.sqrt(bits / 4);
}

function serial(bytes: Uint8Array): number {
  const variance = (256 ** 2 - 1) / 12;
  let sum = 0;
  for (let i = 1; i < bytes.length; i++) sum += ((bytes[i - 1] ?? 0) - 127.5) * ((bytes[i] ?? 0) - 127.5);
  return sum / variance / Math.sqrt(bytes.length - 1);
}

const COLUMNS = 24;

/** Headers repeat from frame to frame in the same place, however well the rest is compressed. */
function columns(frames: readonly Uint8Array[]): number {
  let trials = 0;
  let equal = 0;
  for (let i = 1; i < frames.length; i++) {
    const [one, other] = [frames[i - 1], frames[i]];
    if (!one || !other) continue;
    for (let c = 0; c < Math.min(COLUMNS, one.length, other.length); c++) {
      trials++;
      if (one[c] === other[c]) equal++;
    }
  }
  const p = 1 / 256;
  return trials === 0 ? 0 : (equal - trials * p) / Math.sqrt(trials * p * (1 - p));
}
