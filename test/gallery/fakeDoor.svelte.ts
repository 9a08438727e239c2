// A door that only pretends: knocks of a scene, and buttons that change them and the rules shown.
import type { Knock, Settings } from '#e2ee/messages.ts';
import { type Imposed, PeerId } from '#protocol';
import type {
  AtDoor,
  Blocked,
  DoorModel,
  KnockAgain,
  LobbyModel,
  RemoveHow,
  ScreenModel,
} from '../../client/src/call/model.ts';
import type { CallScene, Guest, LobbyScene } from './scenes.ts';

const NOTHING_IMPOSED: Imposed = {
  lobby: false,
  share: 'everyone',
  chat: true,
  chatLifetimeS: null,
  recording: true,
  verifiedOnly: false,
  suite: 'x25519',
};
const MINUTE_MS = 60_000;
const CODE = ['71936', '20458', '66017', '09283'];

const knockOf = (guest: Guest, i: number, all: readonly Guest[]): Knock => ({
  peerId: PeerId.parse(`knock${i}`.padEnd(22, 'x')),
  name: guest.name,
  fingerprint: ['50218', '69127', '40073', String(12003 + i * 313)].join(' '),
  mark: guest.mark ?? 'new',
  knownAs: [...(guest.knownAs ?? [])],
  pairCode: [...CODE],
  since: Date.now() - ((all.length - i) % 9) * MINUTE_MS,
});

export class FakeDoor implements DoorModel {
  host = $state(false);
  root = $state(false);
  knocks: readonly Knock[] = $state.raw([]);
  settings: Settings = $state.raw({
    ...NOTHING_IMPOSED,
    lobby: true,
    locked: false,
    muteOnEntry: false,
  });
  imposed: Imposed = $state.raw(NOTHING_IMPOSED);
  blocked: readonly Blocked[] = $state.raw([]);
  delegationCode: readonly string[] | null = $state.raw(null);
  /** For the test: everything that was decided. */
  readonly deeds: string[] = [];

  constructor({ host = false, knocks = [], settings = {}, imposed = {}, blocked = [] }: Partial<CallScene>) {
    this.host = host;
    this.root = host;
    this.knocks = knocks.map(knockOf);
    this.settings = { ...this.settings, ...settings };
    this.imposed = { ...this.imposed, ...imposed };
    this.blocked = blocked.map((name, i) => ({ key: String(i), name }));
  }

  admit({ peerId }: AtDoor): void {
    this.#gone('admit', peerId);
  }
  verify({ peerId }: Knock): void {
    this.knocks = this.knocks.map((knock) =>
      knock.peerId === peerId ? { ...knock, mark: 'verified' } : knock,
    );
  }
  refuse({ peerId }: AtDoor, block: boolean): void {
    this.#gone(block ? 'refuse-block' : 'refuse', peerId);
  }
  remove(_peerId: PeerId, how: RemoveHow): void {
    this.deeds.push(`remove ${how}`);
  }
  unblock(device: Blocked): void {
    this.blocked = this.blocked.filter((one) => one !== device);
  }
  change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
  }
  extend(expiresAt: number): void {
    this.deeds.push(`extend to ${expiresAt}`);
  }
  promote(): void {
    this.deeds.push('promote');
  }
  demote(): void {
    this.deeds.push('demote');
  }
  ask(what: string): void {
    this.deeds.push(what);
  }
  end(): void {
    this.deeds.push('end');
  }
  startDelegation(): void {
    this.delegationCode = CODE;
  }
  forgetDelegation(): void {
    this.delegationCode = null;
  }
  /** For the test: somebody comes to the door, or goes away by themselves. */
  knock(name: string): void {
    this.knocks = [...this.knocks, knockOf({ name }, this.knocks.length + 1_000, [])];
  }
  goAway(name: string): void {
    this.knocks = this.knocks.filter((knock) => knock.name !== name);
  }

  #gone(deed: string, peerId: PeerId): void {
    const knock = this.knocks.find((k) => k.peerId === peerId);
    this.deeds.push(`${deed} ${knock?.name ?? 'nobody'}`);
    this.knocks = this.knocks.filter((k) => k.peerId !== peerId);
  }
}

export class FakeLobby implements LobbyModel {
  readonly name = 'Ada Lovelace';
  readonly fingerprint = '41302 09918 72264 53310';
  readonly hosts: readonly string[];
  readonly again: KnockAgain | null;
  delegating = $state(false);
  readonly refusal = '';

  constructor({ hosts = [], again }: Partial<LobbyScene>) {
    this.hosts = hosts;
    this.again = again ?? null;
  }

  delegate(): void {
    this.delegating = true;
  }
}

export class FakeScreen implements ScreenModel {
  readonly possible = true;
  sharing = $state(false);

  constructor({ sharing = false }: Partial<CallScene>) {
    this.sharing = sharing;
  }

  async start(): Promise<void> {
    this.sharing = true;
  }
  stop(): void {
    this.sharing = false;
  }
}
