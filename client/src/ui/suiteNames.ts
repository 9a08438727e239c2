// What people call the cipher suites.
import type { Suite } from '#protocol';

export const SUITE_NAMES: Readonly<Record<Suite, string>> = {
  x25519: 'X25519',
  'x-wing': 'X25519 with ML-KEM-768 (post-quantum)',
};
