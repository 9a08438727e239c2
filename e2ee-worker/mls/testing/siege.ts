// For tests only: Ada's meeting behind a door. Bo was let in, and so was Eve, who has valid keys, plays by none of the rules and has
// the server order whatever she sends.
import { expect } from 'vitest';
import type { PeerId } from '#protocol';
import { keyHash } from '../../link/keyHash.ts';
import { type DeviceKey, memoryVault, type Vault } from '../../vault/deviceKey.ts';
import { signTicket } from '../issuing.ts';
import { decodePolicy, type Policy } from '../policy.ts';
import { openRight } from '../rights.ts';
import { addOf, Insider, random, someone } from './insider.ts';
import { type Page, World } from './world.ts';

type Ghost = Awaited<ReturnType<typeof someone>>;

export class Siege {
  readonly world: World;
  readonly ada: Page;
  readonly bo: Page;
  readonly eve: Insider;
  /** The root host key. */
  readonly root: DeviceKey;
  readonly bosVault: Vault;
  /** Those who judge what Eve does. */
  honest: Page[];

  private constructor(all: Pick<Siege, 'world' | 'ada' | 'bo' | 'eve' | 'root' | 'bosVault'>) {
    ({ world: this.world, ada: this.ada, bo: this.bo } = all);
    ({ eve: this.eve, root: this.root, bosVault: this.bosVault } = all);
    this.honest = [this.ada, this.bo];
  }

  static async lay(): Promise<Siege> {
    const world = new World({ admission: 'lobby' });
    const [vault, bosVault] = [memoryVault(), memoryVault()];
    const root = await vault.deviceKey();
    const ada = await world.found('Ada', vault);
    const bo = await world.admit(ada, 'Bo', bosVault);
    const { roomId } = world.delivery;
    const eve = new Insider(world, await someone({ roomId, fragment: world.fragment, name: 'Eve' }));
    const siege = new Siege({ world, ada, bo, eve, root, bosVault });
    await siege.#letEveIn();
    return siege;
  }

  async #letEveIn(): Promise<void> {
    const { world, eve } = this;
    const key = eve.id.device.publicKey;
    const right = await this.ticketFor(key);
    const opened = await openRight(right);
    if (opened) eve.rights = [opened];
    const { bytes: keyPackage, linkProof } = eve.own;
    const { peerId } = eve.id;
    world.delivery.tickets.set(Buffer.from(key).toString('hex'), right);
    world.delivery.join({ peerId, keyPackage, linkProof }, (p) => eve.push(p), { key, isHost: false });
    await world.until(
      () => this.honest.every((p) => p.view?.members.length === 3) && eve.state !== undefined,
    );
    await world.pass(8000);
    await this.standStill();
  }

  policyNow(): Policy {
    const p = decodePolicy(this.eve.raw.groupContext.extensions);
    if (!p) throw new Error('no policy');
    return p;
  }

  /** Eve stands still, with what she has. */
  async standStill(): Promise<void> {
    await this.eve.idle();
    this.eve.follows = false;
  }

  /** Eve catches up, and follows from here on. */
  async follow(): Promise<void> {
    const { eve } = this;
    eve.follows = true;
    for (const c of eve.commits.splice(0))
      if (c.epoch >= Number(eve.raw.groupContext.epoch)) await eve.follow(c.commit);
  }

  /** As the host's page would sign it, if nothing else is said. */
  async ticketFor(
    key: Uint8Array,
    o: { by?: DeviceKey; revision?: number } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { roomId, meetingId, expiresAt } = this.world.delivery;
    return signTicket(o.by ?? this.root, {
      roomId,
      meetingId,
      subjectHash: keyHash(key),
      role: 'guest',
      verified: false,
      nonce: random(16),
      revision: o.revision ?? 0,
      expiresAt,
    });
  }

  /** Somebody with the link. With a device: the same person anew. */
  stranger(device?: DeviceKey, peerId?: PeerId): Promise<Ghost> {
    return someone({
      roomId: this.world.delivery.roomId,
      fragment: this.world.fragment,
      name: 'Ghost',
      ...(device ? { device } : {}),
      ...(peerId ? { peerId } : {}),
    });
  }

  async announce({ id, own }: Ghost, right?: Uint8Array<ArrayBuffer>): Promise<void> {
    const arrival = { peerId: id.peerId, keyPackage: own.bytes, linkProof: own.linkProof };
    for (const p of this.honest)
      await p.give({ type: 'peer-arrived', arrival: { ...arrival, ...(right ? { right } : {}) } });
  }

  /** From here on nothing that the honest say reaches the server. */
  silence(): void {
    for (const p of this.honest) p.onEmit = () => undefined;
  }

  async attackWithAdd(ghost: Ghost): Promise<void> {
    const { commit } = await this.eve.craft([addOf(ghost.own), this.eve.psk()]);
    this.eve.publish(commit);
  }

  /** Each says so, in these words, and is where it was. */
  async refusedByAll(reason: RegExp): Promise<void> {
    const epochs = this.honest.map((p) => p.view?.epoch);
    await this.world.pass(1900);
    for (const p of this.honest) {
      expect(p.all('refused').map((r) => r.reason)).toContainEqual(expect.stringMatching(reason));
      expect(p.all('fault')).toEqual([]);
    }
    expect(this.honest.map((p) => p.view?.epoch)).toEqual(epochs);
  }
}
