// For tests and benches only: repeatable randomness from a seed that the test prints.

export interface Random {
  /** In [0, 1). */
  next(): number;
  below(n: number): number;
  bytes(n: number): Uint8Array<ArrayBuffer>;
  chance(p: number): boolean;
}

/** mulberry32: small, good enough to choose faults with, useless for anything secret. */
export function seeded(seed: number): Random {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    bytes: (n) => Uint8Array.from({ length: n }, () => below(256)),
    chance: (p) => next() < p,
  };
}
