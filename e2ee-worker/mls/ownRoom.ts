// What this device remembers of the room it is in: whether it is a host there, whom it has made one, and by what rules it goes.
import { openCertificate, type Suite } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { hostKeyHash } from '../link/keyHash.ts';
import type { Memory, RoomMemory } from '../vault/memory.ts';
import { opensRoom } from './hosts.ts';
import type { Identity } from './identity.ts';
import { decodePolicyBytes, encodePolicy, type Policy } from './policy.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export type Life = NonNullable<RoomMemory['life']>;

/** That its meetings have at the least, as far as this device knows. */
export const suiteIn = (room: RoomMemory | undefined): Suite =>
  (room?.lastPolicy && decodePolicyBytes(room.lastPolicy)?.settings.suite) ?? room?.suite ?? 'x25519';

export class OwnRoom {
  readonly #id: Identity;
  readonly #memory: Memory | undefined;
  readonly isRoot: boolean;
  #room: RoomMemory;
  #certificate: { readonly bytes: Bytes; readonly rootKey: Bytes } | undefined;

  private constructor(id: Identity, memory: Memory | undefined, o: { isRoot: boolean; room: RoomMemory }) {
    this.#id = id;
    this.#memory = memory;
    this.isRoot = o.isRoot;
    this.#room = o.room;
  }

  /** Without a memory (a private session) it is nobody's home. */
  static async load(
    id: Identity,
    memory: Memory | undefined,
    { found, now }: { found: RoomMemory | undefined; now: number },
  ): Promise<OwnRoom> {
    const room = found ?? { roomId: id.roomId, lobby: true, issued: [], usedAt: now };
    const isRoot = equalBytes(hostKeyHash(id.device.publicKey), id.rootHostHash);
    const own = new OwnRoom(id, memory, { isRoot, room: { ...room, usedAt: now } });
    if (found) await memory?.rememberRoom(own.#room);
    if (found?.certificate) await own.#take(found.certificate);
    return own;
  }

  /** Is anything kept from one meeting to the next? */
  get remembers(): boolean {
    return this.#memory !== undefined;
  }

  get suite(): Suite {
    return suiteIn(this.#room);
  }

  get lobby(): boolean {
    return this.#room.lobby;
  }

  /** Makes this device a host of the room; undefined for the root host, who needs none. */
  get certificate(): Bytes | undefined {
    return this.#certificate?.bytes;
  }

  /** Undefined when this device is no host of the room. */
  get rootKey(): Bytes | undefined {
    return this.isRoot ? this.#id.device.publicKey : this.#certificate?.rootKey;
  }

  /** Of other devices, latest last; those that are not the root key's are left out. */
  async issued(): Promise<{ bytes: Bytes; subject: Bytes }[]> {
    const good: { bytes: Bytes; subject: Bytes }[] = [];
    for (const stored of this.#room.issued) {
      const bytes = Uint8Array.from(stored);
      const c = await openCertificate(bytes);
      if (c && (await opensRoom(bytes, { ...this.#id, key: c.subject })))
        good.push({ bytes, subject: c.subject });
    }
    return good;
  }

  /** A certificate of the root key for this device: kept for the next meeting. */
  async receive(bytes: Uint8Array): Promise<void> {
    if (this.isRoot || this.#certificate) return;
    const certificate = await this.#take(bytes);
    if (certificate) await this.#keep({ ...this.#room, certificate });
  }

  async #take(given: Uint8Array): Promise<Bytes | undefined> {
    const bytes = Uint8Array.from(given);
    const c = await opensRoom(bytes, { ...this.#id, key: this.#id.device.publicKey });
    if (c) this.#certificate = { bytes, rootKey: c.issuer };
    return c && bytes;
  }

  get life(): Life | undefined {
    return this.#room.life;
  }

  /** The rules that the next meeting begins with; undefined when a host has ended the last one. */
  get lastPolicy(): Policy | undefined {
    const { lastPolicy } = this.#room;
    return lastPolicy && decodePolicyBytes(lastPolicy);
  }

  /** Of a meeting that this device is in, for the next one that it founds. */
  async rememberPolicy(policy: Policy): Promise<void> {
    const lastPolicy = Uint8Array.from(encodePolicy(policy).extensionData);
    const known = this.#room.lastPolicy;
    if (!this.rootKey || (known && equalBytes(known, lastPolicy))) return;
    const { expiresAt, latestEnd, settings } = policy;
    const life = { expiresAt, latestEnd };
    await this.#keep({ ...this.#room, lobby: settings.lobby, life, lastPolicy });
  }

  /** A host has ended the meeting: lobby and lifetime are the room's, everything else was the meeting's. */
  async forgetPolicy(): Promise<void> {
    const { lastPolicy, ...room } = this.#room;
    if (lastPolicy) await this.#keep(room);
  }

  async rememberIssued(certificate: Bytes): Promise<void> {
    await this.#keep({ ...this.#room, issued: [...this.#room.issued, certificate] });
  }

  async #keep(room: RoomMemory): Promise<void> {
    this.#room = room;
    await this.#memory?.rememberRoom(room);
  }
}
