// A meeting without pages, behind a door: Ada is its host, Bo is honest, and Eve works for the server, which is the relay.
import type { LoggedCommit, MeetingId } from '#protocol';
import { keyHash } from '../../e2ee-worker/link/keyHash.ts';
import type { OwnKeyPackage } from '../../e2ee-worker/mls/identity.ts';
import { signTicket } from '../../e2ee-worker/mls/issuing.ts';
import { addOf, someone } from '../../e2ee-worker/mls/testing/insider.ts';
import { type DeviceKey, memoryVault, type Vault } from '../../e2ee-worker/vault/deviceKey.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { readLink } from '../harness/rawClient.ts';
import { holds, until } from '../harness/until.ts';
import { buffered } from './pages.ts';
import { about, drop, type Relay } from './relay.ts';
import { expect } from './test.ts';
import { random, Traitor } from './traitor.ts';

/** Members add whoever may come in at once, or 1.5 s later where the first in line does not. */
const NOBODY_ADDS_MS = 2_500;

export type Ghost = Awaited<ReturnType<typeof someone>>;
type TicketFor = Partial<Omit<Parameters<typeof signTicket>[1], 'subjectHash'>> & { by?: DeviceKey };

export class Meeting {
  readonly relay: Relay;
  readonly link: string;
  readonly ada: GroupMember;
  readonly bo: GroupMember;
  readonly eve: Traitor;
  /** The root host key. */
  readonly root: DeviceKey;
  readonly bosVault: Vault;
  /** Those who judge what the server and Eve do. */
  honest: readonly (readonly [string, GroupMember])[];
  /** How much the relay had heard before. */
  #stoodStillAt = 0;

  private constructor(all: Pick<Meeting, 'relay' | 'link' | 'ada' | 'bo' | 'eve' | 'root' | 'bosVault'>) {
    ({ relay: this.relay, link: this.link, ada: this.ada, bo: this.bo } = all);
    ({ eve: this.eve, root: this.root, bosVault: this.bosVault } = all);
    this.honest = [
      ['Ada', this.ada],
      ['Bo', this.bo],
    ];
  }

  static async behindADoor(relay: Relay): Promise<Meeting> {
    const [vault, bosVault] = [memoryVault(), memoryVault()];
    const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', {
      lobby: true,
      vault,
    });
    const bo = await GroupMember.enter(await relay.through('Bo', link), 'Bo', { vault: bosVault });
    await ada.admit('Bo');
    await until(() => bo.view, { what: () => 'Bo to be in' });
    const eve = await Traitor.enter(await relay.through('Eve', link), 'Eve');
    await ada.admit('Eve');
    await until(() => ada.names.join() === 'Ada,Bo,Eve' && bo.epoch === ada.epoch, {
      what: () => 'three to be in',
    });
    await eve.isOn(() => ada.epoch);
    return new Meeting({ relay, link, ada, bo, eve, root: await vault.deviceKey(), bosVault });
  }

  /** From here on the server takes nobody's commit: what the epoch ends with is for the test to say. */
  async standStill(): Promise<void> {
    const stands = this.#stoodStillAt > 0;
    this.#stoodStillAt = this.relay.heard.length;
    // What has been dropped since is never answered.
    if (stands) return;
    this.relay.rule(about({ kind: 'request', name: 'group:commit' }, drop));
    const heard = (kind: 'request' | 'answer') =>
      this.relay.heard.filter((s) => s.kind === kind && s.name === 'group:commit');
    const asked = heard('request').length;
    // The server's epoch is the number of commits that it has taken; what was under way has been answered by then.
    const taken = () => heard('answer').filter(({ args }) => (args[0] as { ok: boolean }).ok).length;
    const epochs = () => [...this.honest.map(([, m]) => m.epoch), this.eve.epoch];
    await until(() => heard('answer').length >= asked && epochs().every((epoch) => epoch === taken()), {
      what: () => `all to be on epoch ${taken()}, not ${epochs().join()}`,
    });
  }

  /** Somebody with the link. With a device: the same person anew. */
  ghost(device?: DeviceKey): Promise<Ghost> {
    const { roomId, fragment } = readLink(this.link);
    return someone({ roomId, fragment, name: 'Ghost', ...(device && { device }) });
  }

  /** As the host's page would sign it, if nothing else is said. */
  async ticket(
    key: Uint8Array,
    { by = this.root, ...other }: TicketFor = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { roomId } = readLink(this.link);
    return signTicket(by, {
      roomId,
      meetingId: this.meetingId,
      subjectHash: keyHash(key),
      role: 'guest',
      verified: false,
      nonce: random(16),
      revision: this.eve.policy.revision,
      expiresAt: Date.now() + 3_600_000,
      ...other,
    });
  }

  get meetingId(): MeetingId {
    const id = this.eve.meeting;
    if (!id) throw new Error('no meeting');
    return id;
  }

  /** The server brings it in. */
  announce({ id, own }: Ghost, right?: Uint8Array): void {
    const { peerId } = id;
    const arrival = { peerId, keyPackage: own.bytes, linkProof: own.linkProof, ...(right && { right }) };
    for (const [who] of this.honest) this.relay.line(who).push('peer:arrived', buffered(arrival));
  }

  addedByEve(own: OwnKeyPackage): Promise<LoggedCommit> {
    return this.eve.craft([addOf(own)]);
  }

  /** The server orders it and tells everybody, Eve excepted, who stays where she is for the next attack. */
  order(commit: LoggedCommit): void {
    for (const [who] of this.honest) this.relay.line(who).push('group:committed', buffered(commit));
  }

  /** What the ghost's name must not have been in, in the time in which an honest member would have acted. */
  async nobodyAdds({ id }: Pick<Ghost, 'id'>): Promise<void> {
    await holds(() => !this.offersToAdd(id.peerId), NOBODY_ADDS_MS, 'no honest member offers to add it');
  }

  offersToAdd(peerId: string): boolean {
    return this.relay.heard
      .slice(this.#stoodStillAt)
      .some(
        ({ kind, name, args }) =>
          kind === 'request' &&
          name === 'group:commit' &&
          (args[0] as { added: string[] }).added.includes(peerId),
      );
  }

  /** Each says so, in these words, and is where it was. */
  async refused(
    what: 'arrival' | 'commit' | 'welcome' | 'word',
    reason: RegExp,
    epoch: number,
  ): Promise<void> {
    for (const [who, member] of this.honest) {
      const said = () => member.refused.filter((r) => r.what === what).map((r) => r.reason);
      await until(() => said().some((r) => reason.test(r)), {
        what: () => `${who} to refuse with ${reason}; has said: ${said().join(' | ')}`,
      });
      expect(member.epoch, `${who}’s epoch`).toBe(epoch);
      expect(member.names, `who is there for ${who}`).not.toContain('Ghost');
      expect(member.faults, `faults at ${who}`).toEqual([]);
    }
  }
}
