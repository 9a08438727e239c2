// What the group core needs from outside: two ways out, a clock, randomness, a vault. The shell gives real ones.
import type { FromGroup, GroupToMedia } from '#e2ee/messages.ts';
import type { Vault } from '../vault/deviceKey.ts';

export interface Host {
  emit(message: FromGroup): void;
  /** Takes over `baseKey`: the core keeps no copy. */
  toMedia(message: GroupToMedia): void;
  /** Unix time in ms, never going back (steadyClock.ts). */
  now(): number;
  /** Calls back once, after at least `ms` (never above 2^30); the returned function cancels. */
  setTimer(ms: number, fire: () => void): () => void;
  random(bytes: number): Uint8Array<ArrayBuffer>;
  readonly vault: Vault;
}
