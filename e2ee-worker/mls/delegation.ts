// A host's own other device: it shows a one-time code that was read off the first one's screen.
import { DELEGATION_BYTES } from '#protocol';
import { concat, equalBytes, hex, utf8, wipe } from '../link/bytes.ts';
import type { LinkKeys } from '../link/keys.ts';

/** Less: people do not find the other device in time. More: a code on a shared screen is good for longer. */
const CODE_LIFE_MS = 5 * 60_000;
/** Of one key, so that a stranger in the lobby cannot use up somebody else's; each attempt is one in 2^66. */
const MAX_ATTEMPTS = 5;
/** Keys counted; the oldest goes. A stranger with ever new keys gains nothing at one in 2^66. */
const MAX_KEYS = 256;
const GROUPS = 4;

/**
 * MAC(MAC(link's delegation key, digits), key): whoever has no link cannot try digits, and a MAC for one key is none for
 * another.
 */
export async function delegationMac(
  link: LinkKeys,
  code: readonly string[],
  key: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = new Uint8Array(await crypto.subtle.sign('HMAC', link.delegationKey, utf8(code.join(' '))));
  const mac = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  wipe(raw);
  const label = utf8('in-camera 1 other device of a host');
  return new Uint8Array(await crypto.subtle.sign('HMAC', mac, concat(label, key))).slice(0, DELEGATION_BYTES);
}

/** 20 digits; each group from 64 random bits, so the bias is below 2^-47. */
function makeCode(random: (n: number) => Uint8Array<ArrayBuffer>): string[] {
  const view = new DataView(random(8 * GROUPS).buffer);
  return Array.from({ length: GROUPS }, (_, i) =>
    (view.getBigUint64(8 * i) % 100_000n).toString().padStart(5, '0'),
  );
}

/** `none`: no code of this device is out, so that it is not for us to judge. */
export type Redeemed = 'good' | 'wrong' | 'none';

interface Shown {
  readonly code: readonly string[];
  readonly until: number;
  readonly attempts: Map<string, number>;
  used: boolean;
}

export class Delegation {
  readonly #link: LinkKeys;
  #shown: Shown | undefined;

  constructor(link: LinkKeys) {
    this.#link = link;
  }

  /** The code before, if there is one, is good for nothing any more. */
  start(o: { now: number; random: (n: number) => Uint8Array<ArrayBuffer> }): string[] {
    const code = makeCode(o.random);
    this.#shown = { code, until: o.now + CODE_LIFE_MS, attempts: new Map(), used: false };
    return code;
  }

  /** `good` once for each code. */
  async redeem(key: Uint8Array, mac: Uint8Array, now: number): Promise<Redeemed> {
    const shown = this.#shown;
    if (!shown || now >= shown.until) return 'none';
    if (shown.used || !mayTry(shown.attempts, hex(key))) return 'wrong';
    if (!equalBytes(await delegationMac(this.#link, shown.code, key), mac)) return 'wrong';
    shown.used = true;
    return 'good';
  }
}

function mayTry(attempts: Map<string, number>, key: string): boolean {
  const before = attempts.get(key) ?? 0;
  attempts.delete(key);
  attempts.set(key, before + 1);
  for (const oldest of attempts.keys()) {
    if (attempts.size <= MAX_KEYS) break;
    attempts.delete(oldest);
  }
  return before < MAX_ATTEMPTS;
}
