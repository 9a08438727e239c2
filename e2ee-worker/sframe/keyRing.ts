// The epochs that are alive and their keys. Nothing that a frame does can change it: only the group worker's messages and time.
//
//    install(epoch) ──▶ receives ──sendOn / sendNow──▶ sends and receives ──a newer one is installed──▶ 10 s ──▶ dead
//
// Keys of one key id are derived at its first frame (well under a millisecond) and kept until the epoch dies.
import type { PeerId, Slot } from '#protocol';
import type { GroupToMedia } from '../messages.ts';
import type { Clock } from './clock.ts';
import { Counter } from './counter.ts';
import { encodeKeyId, epochLowBits, type KeyId } from './keyId.ts';
import { type CipherKey, deriveCipherKey, importBaseKey } from './keys.ts';
import { ReplayWindow } from './replay.ts';

/** How long frames of the epoch before still open. More: someone removed is heard longer. Less: late frames are lost. */
export const OVERLAP_MS = 10_000;

export type EpochInstall = Omit<Extract<GroupToMedia, { type: 'epoch' }>, 'type'>;

/** Of an epoch, and of all its keys. */
interface Life {
  /** Checked again after every await: a key may die while a frame is under it. */
  over: boolean;
  /** Infinity until a newer epoch is installed. */
  diesAt: number;
}

export interface SealKey extends CipherKey {
  kid: number;
  counter: Counter;
  life: Readonly<Life>;
}

export interface OpenKey extends CipherKey {
  window: ReplayWindow;
  life: Readonly<Life>;
}

/** While it is being derived a promise, afterwards the key: a frame waits only once. */
type Pending<K> = K | Promise<K>;

interface EpochKeys {
  epoch: number;
  selfLeaf: number;
  peers: ReadonlyMap<number, PeerId>;
  secret: Promise<CryptoKey>;
  seal: Map<Slot, Pending<SealKey>>;
  open: Map<number, Pending<OpenKey>>;
  salts: Uint8Array[];
  life: Life;
}

export class KeyRing {
  readonly #clock: Clock;
  readonly #onInstall: () => void;
  /** By epoch mod 16, as in the key id. */
  readonly #epochs = new Map<number, EpochKeys>();
  #newest = -1;
  /** Epochs up to this one are not sent on. */
  #heldAt = -1;
  #sending: EpochKeys | undefined;

  /** `onInstall`: receivers that had no key may have one now. */
  constructor(clock: Clock, onInstall: () => void = () => undefined) {
    this.#clock = clock;
    this.#onInstall = onInstall;
  }

  /**
   * An epoch that is not newer than every one before is not installed: a key installed twice would restart its counter. And
   * group and media are no longer of one mind then, so every key dies until a newer epoch comes.
   */
  install(keys: EpochInstall): void {
    if (keys.epoch <= this.#newest) {
      keys.baseKey.fill(0);
      this.#killAll();
      return;
    }
    this.#newest = keys.epoch;
    const low = epochLowBits(keys.epoch);
    const reused = this.#epochs.get(low);
    const wasSending = reused !== undefined && reused === this.#sending;
    if (reused) this.#kill(reused);
    this.#limitAll();
    const entry = newEpoch(keys);
    this.#epochs.set(low, entry);
    if (keys.sendNow || wasSending) this.#switchTo(entry);
    this.#onInstall();
  }

  sendOn(epoch: number): void {
    const entry = this.#epochs.get(epochLowBits(epoch));
    if (entry?.epoch === epoch) this.#switchTo(entry);
  }

  /** Nothing is sent until a newer epoch comes. */
  hold(): void {
    this.#sending = undefined;
    this.#heldAt = this.#newest;
  }

  /** Every key dies now. The next meeting may number its epochs from 0. */
  erase(): void {
    this.#killAll();
    this.#newest = -1;
    this.#heldAt = -1;
  }

  /** Of the epoch that is sent on: a sender that holds a key of this life need not ask again. */
  get sendingLife(): Readonly<Life> | undefined {
    return this.#sending?.life;
  }

  get hasKeys(): boolean {
    return this.#epochs.size > 0;
  }

  /** The key to send with; never an older epoch's because the new one is not ready yet. */
  sealKey(slot: Slot): Pending<SealKey> | undefined {
    const entry = this.#sending;
    if (entry === undefined) return undefined;
    return entry.seal.get(slot) ?? once(entry.seal, slot, deriveSealKey(entry, slot));
  }

  /** The key that `id` names, if the member it names is the one that the stream is said to come from. */
  openKey(id: KeyId, from: PeerId): Pending<OpenKey> | 'no-key' | 'wrong-sender' {
    const entry = this.#alive(id.epochLow);
    if (entry === undefined) return 'no-key';
    if (entry.peers.get(id.leaf) !== from || id.leaf === entry.selfLeaf) return 'wrong-sender';
    const kid = encodeKeyId(id);
    return entry.open.get(kid) ?? once(entry.open, kid, deriveOpenKey(entry, id));
  }

  #switchTo(entry: EpochKeys): void {
    if ((this.#sending && this.#sending.epoch >= entry.epoch) || entry.epoch <= this.#heldAt) return;
    this.#sending = entry;
  }

  /** Counted from here and not from when we switch: who is told of an epoch must not prolong the one before by keeping still. */
  #limitAll(): void {
    const diesAt = this.#clock.now() + OVERLAP_MS;
    for (const { life } of this.#epochs.values()) life.diesAt = Math.min(life.diesAt, diesAt);
    if (this.#epochs.size > 0) this.#clock.after(OVERLAP_MS, () => this.#reap());
  }

  /** Looks at the clock itself: timers are late in background pages. */
  #alive(low: number): EpochKeys | undefined {
    const entry = this.#epochs.get(low);
    if (entry === undefined || entry.life.diesAt === Number.POSITIVE_INFINITY) return entry;
    if (this.#clock.now() < entry.life.diesAt) return entry;
    this.#kill(entry);
    return undefined;
  }

  #reap(): void {
    for (const low of [...this.#epochs.keys()]) this.#alive(low);
  }

  #killAll(): void {
    for (const entry of [...this.#epochs.values()]) this.#kill(entry);
  }

  #kill(entry: EpochKeys): void {
    entry.life.over = true;
    for (const salt of entry.salts) salt.fill(0);
    entry.seal.clear();
    entry.open.clear();
    this.#epochs.delete(epochLowBits(entry.epoch));
    if (this.#sending === entry) this.#sending = undefined;
  }
}

function newEpoch({ epoch, baseKey, selfLeaf, leaves }: EpochInstall): EpochKeys {
  const secret = importBaseKey(baseKey);
  // Whoever needs the key meets the rejection again; this keeps an import that nobody waits for from ending the worker.
  secret.catch(() => undefined);
  return {
    epoch,
    selfLeaf,
    peers: new Map(leaves.map(({ leaf, peerId }) => [leaf, peerId])),
    secret,
    seal: new Map(),
    open: new Map(),
    salts: [],
    life: { over: false, diesAt: Number.POSITIVE_INFINITY },
  };
}

async function deriveSealKey(entry: EpochKeys, slot: Slot): Promise<SealKey> {
  const kid = encodeKeyId({ slot, leaf: entry.selfLeaf, epochLow: epochLowBits(entry.epoch) });
  const key = await derive(entry, kid, 'encrypt');
  return { ...key, kid, counter: new Counter(), life: entry.life };
}

async function deriveOpenKey(entry: EpochKeys, id: KeyId): Promise<OpenKey> {
  const key = await derive(entry, encodeKeyId(id), 'decrypt');
  return { ...key, window: new ReplayWindow(), life: entry.life };
}

async function derive(entry: EpochKeys, kid: number, usage: 'encrypt' | 'decrypt'): Promise<CipherKey> {
  const key = await deriveCipherKey(await entry.secret, kid, usage);
  entry.salts.push(key.salt);
  if (entry.life.over) key.salt.fill(0);
  return key;
}

/** One derivation per key id, also when several frames wait for it: a second one would restart counter and window. */
function once<I, K>(cache: Map<I, Pending<K>>, id: I, derivation: Promise<K>): Promise<K> {
  cache.set(id, derivation);
  derivation.then(
    (key) => cache.get(id) === derivation && cache.set(id, key),
    // A key that failed was never used: deriving it again cannot repeat a counter.
    () => cache.delete(id),
  );
  return derivation;
}
