// A member without a page: the product's own group code in Node, over a real socket to the real server. It sends no media.
import { randomFillSync } from 'node:crypto';
import type { LetIn, MeetingId, PeerId, Req, Res } from '#protocol';
import type { DoorErrand, FromGroup, GroupToMedia, Knock, ToGroup } from '../../e2ee-worker/messages.ts';
import type { Host } from '../../e2ee-worker/mls/host.ts';
import { createGroupSession, type GroupSession } from '../../e2ee-worker/mls/session.ts';
import { memoryVault, type Vault } from '../../e2ee-worker/vault/deviceKey.ts';
import { RawClient, RequestRefused, readLink } from './rawClient.ts';
import { until } from './until.ts';

export type GroupView = Extract<FromGroup, { type: 'view' }>['view'];
type Refusal = Extract<FromGroup, { type: 'refused' }>;
type Errand<N extends DoorErrand['name'] = DoorErrand['name']> = {
  [K in N]: { readonly name: K; readonly data: Req<K> };
}[N];
type SendCommit = Extract<FromGroup, { type: 'send-commit' }>;
/** What a person decides, as the page says it to the group worker. */
type Deed = Extract<
  ToGroup,
  {
    type:
      | 'admit'
      | 'refuse'
      | 'remove'
      | 'unblock'
      | 'change-settings'
      | 'extend'
      | 'promote'
      | 'demote'
      | 'say'
      | 'refresh';
  }
>;

/** Makes a room for the device of this vault; answers its invite link. Nobody is in it. */
async function makeRoom(origin: string, vault: Vault, lobby: boolean): Promise<string> {
  let made: Extract<FromGroup, { type: 'room-made' }> | undefined;
  const emit = (message: FromGroup) => {
    if (message.type === 'room-made') made = message;
  };
  const session = createGroupSession(nodeHost({ emit, toMedia: () => undefined }, vault));
  await session.handle({ type: 'make-room' });
  if (!made) throw new Error('no room was made');
  const client = await RawClient.connect(origin);
  await client.start();
  const { longestMs, usualMs: lifetimeMs } = await client.ask('room:terms', {});
  const { hostKeyHash } = made;
  const room = await client.ask('room:create', { hostKeyHash, lobby, suite: 'x25519', lifetimeMs });
  client.close();
  await session.handle({ type: 'keep-room', ...room, lobby, suite: 'x25519', lifetimeMs, longestMs });
  return `${origin}/r/${room.roomId}#${made.fragment}`;
}

/** Node's clock and randomness. */
function nodeHost(ways: Pick<Host, 'emit' | 'toMedia'>, vault: Vault): Host {
  return {
    ...ways,
    vault,
    now: () => Date.now(),
    setTimer(ms, fire) {
      const timer = setTimeout(fire, ms);
      return () => clearTimeout(timer);
    },
    random: (n) => randomFillSync(new Uint8Array(n)),
  };
}

interface Options {
  /** Of a device that may be met again; without it the session is private. */
  readonly vault?: Vault;
  /** Gets what the media worker would get; it owns the key in it. */
  readonly toMedia?: (message: GroupToMedia) => void;
  /** A meeting that it founds ends this much later: members need not care that no server makes rooms for seconds. */
  readonly livesMs?: number;
}

export class GroupMember {
  readonly client: RawClient;
  readonly peerId: PeerId;
  readonly #session: GroupSession;
  readonly #toMedia: Options['toMedia'];
  readonly #livesMs: number;
  #entered: Extract<FromGroup, { type: 'entered' }> | undefined;
  /** Of the meeting that it was let into last. */
  meetingId: MeetingId | undefined;
  view: GroupView | undefined;
  /** Every epoch this member has been on, with the time (performance.now) at which it was. */
  readonly epochs: { epoch: number; at: number }[] = [];
  /** Names that were in the group and are not any more, with the time (performance.now) since when. */
  readonly gone = new Map<string, number>();
  readonly refused: Refusal[] = [];
  readonly faults: string[] = [];
  /** Why this page could not do what it was told to. */
  readonly refusedDeeds: string[] = [];
  /** Who waits at the door, while this member is a host. */
  knocks: readonly Knock[] = [];
  /** Names of all who were ever shown at it. */
  readonly knocksShown: string[] = [];
  /** While it waits itself: who is said to stand behind the door. */
  hostsHere: readonly string[] = [];
  /** What hosts have asked of it. */
  readonly asked: Extract<FromGroup, { type: 'asked' }>[] = [];
  /** How often this page has found itself in another meeting than before. */
  begunAnew = 0;
  ended: Extract<FromGroup, { type: 'ended' }>['reason'] | undefined;
  /** Commits that this member has offered and won with, in bytes. */
  readonly commits: { commit: number; welcome: number; added: number }[] = [];

  private constructor(
    client: RawClient,
    peerId: PeerId,
    { vault = memoryVault(), toMedia, livesMs = Number.POSITIVE_INFINITY }: Options,
  ) {
    this.client = client;
    this.peerId = peerId;
    this.#toMedia = toMedia;
    this.#livesMs = livesMs;
    const emit = (message: FromGroup) => void this.#take(message);
    this.#session = createGroupSession(nodeHost({ emit, toMedia: (m) => this.#takeKeys(m) }, vault));
  }

  /** Makes a room and founds its meeting. Without `lobby` the link lets people in. */
  static async found(
    origin: string,
    name: string,
    { lobby = false, vault = memoryVault(), ...options }: Options & { lobby?: boolean } = {},
  ): Promise<{ member: GroupMember; link: string }> {
    const link = await makeRoom(origin, vault, lobby);
    return { link, member: await GroupMember.join(link, name, { ...options, vault }) };
  }

  /** Resolves when the server has answered: let in, or at the door. */
  static async enter(link: string, name: string, options: Options = {}): Promise<GroupMember> {
    const { origin, roomId, fragment } = readLink(link);
    const client = await RawClient.connect(origin);
    const { peerId } = await client.start();
    const member = new GroupMember(client, peerId, options);
    member.#listen();
    await member.#handle({
      type: 'enter',
      roomId,
      fragment,
      peerId,
      name,
      suite: 'x25519',
      privateSession: !options.vault,
    });
    const entered = member.#entered;
    if (!entered) throw new Error(`could not enter: ${member.faults.join(' ')}`);
    const { keyPackage, linkProof, claim, suite } = entered;
    await member.#arrive(await client.ask('meeting:join', { roomId, keyPackage, linkProof, claim, suite }));
    return member;
  }

  /** Resolves when the member is in the group. */
  static async join(link: string, name: string, options: Options = {}): Promise<GroupMember> {
    const member = await GroupMember.enter(link, name, options);
    await until(() => member.view, { what: () => `${name} to be in the group; ${member.faults.join(' ')}` });
    return member;
  }

  /** As a host: lets in whoever knocks under that name. */
  async admit(name: string): Promise<void> {
    const knock = await until(() => this.knocks.find((k) => k.name === name), {
      what: () => `${name} at the door`,
    });
    const { peerId, fingerprint } = knock;
    await this.do({ type: 'admit', peerId, fingerprint });
  }

  /** What this person decides. */
  do(deed: Deed): Promise<void> {
    return this.#handle(deed);
  }

  /** What a host's page shows of this one at the door. */
  get card(): { peerId: PeerId; fingerprint: string } {
    return { peerId: this.peerId, fingerprint: this.#entered?.fingerprint ?? '' };
  }

  get names(): string[] {
    return (this.view?.members ?? []).map((m) => m.name).sort();
  }

  get epoch(): number {
    return this.view?.epoch ?? -1;
  }

  async leave(): Promise<void> {
    await this.client.ask('meeting:leave', {});
    await this.#handle({ type: 'leave' });
    this.client.close();
  }

  #handle(input: Parameters<GroupSession['handle']>[0]): Promise<void> {
    return this.#session.handle(input);
  }

  async #arrive(joined: Res<'meeting:join'>): Promise<void> {
    if (joined.entry === 'lobby') return this.#handle({ type: 'lobby-hosts', hosts: joined.hosts });
    if (joined.entry === 'wait') return this.#letIn(joined);
    const { entry, ...found } = joined;
    this.meetingId = found.meetingId;
    const expiresAt = Math.min(found.expiresAt, Date.now() + this.#livesMs);
    await this.#handle({ type: entry, ...found, expiresAt });
  }

  async #letIn({ meetingId, peers, right }: LetIn): Promise<void> {
    this.meetingId = meetingId;
    await this.#handle({ type: 'await-welcome', meetingId, ...(right && { right }) });
    for (const { peerId, presence, arrival } of peers) {
      await this.#handle({ type: 'peer-presence', peerId, presence });
      if (arrival) await this.#handle({ type: 'peer-arrived', arrival });
    }
  }

  #listen(): void {
    const { client } = this;
    const presence = (presence: 'here' | 'away' | 'left') => (data: { peerId: PeerId }) =>
      void this.#handle({ type: 'peer-presence', peerId: data.peerId, presence });
    client.on('peer:arrived', (arrival) => void this.#handle({ type: 'peer-arrived', arrival }));
    client.on('peer:away', presence('away'));
    client.on('peer:back', presence('here'));
    client.on('peer:left', presence('left'));
    client.on('meeting:ended', () => void this.#handle({ type: 'leave' }));
    client.on('group:found', (found) => void this.#handle({ type: 'found', ...found }));
    client.on('room:restricted', (news) => void this.#handle({ type: 'restricted', ...news }));
    client.on('group:committed', (commit) => void this.#handle({ type: 'committed', commit }));
    client.on('group:reverted', (reverted) => void this.#handle({ type: 'reverted', ...reverted }));
    client.on('group:welcomed', (welcome) => void this.#handle({ type: 'welcomed', ...welcome }));
    // It does not come back: a page would, with the session that it had.
    client.socket.on('disconnect', () => void this.#handle({ type: 'leave' }));
    client.on('lobby:admitted', (letIn) => void this.#letIn(letIn));
    client.on('lobby:knocked', (knock) => void this.#handle({ type: 'knocked', ...knock }));
    client.on('lobby:left', ({ peerId }) => void this.#handle({ type: 'knock-left', peerId }));
    client.on('lobby:hosts', ({ hosts }) => void this.#handle({ type: 'lobby-hosts', hosts }));
    client.on('host:said', ({ word }) => void this.#handle({ type: 'said', word }));
    client.on('group:confirmed', (confirmed) => void this.#handle({ type: 'confirmed', ...confirmed }));
  }

  async #take(message: FromGroup): Promise<void> {
    if (message.type === 'entered') this.#entered = message;
    if (message.type === 'view') this.#see(message.view);
    if (message.type === 'refused') this.refused.push(message);
    if (message.type === 'fault') this.faults.push(message.reason);
    if (message.type === 'deed-refused') this.refusedDeeds.push(message.reason);
    if (message.type === 'knocks') {
      this.knocks = message.knocks;
      this.knocksShown.push(...message.knocks.map((k) => k.name));
    }
    if (message.type === 'lobby-hosts') this.hostsHere = message.names;
    if (message.type === 'asked') this.asked.push(message);
    if (message.type === 'began-anew') this.begunAnew++;
    if (message.type === 'ended') this.ended = message.reason;
    if (message.type === 'send-commit') await this.#offer(message);
    if (message.type === 'send-applied') {
      const { epoch, tag } = message;
      await this.#tell('group:applied', () => this.client.ask('group:applied', { epoch, tag }));
    }
    if (message.type === 'ask-server') await this.#tell(message.name, () => this.#errand(message));
    if (message.type === 'ask-replay') await this.#replay(message.since);
    if (message.type === 'ask-rejoin') {
      const { keyPackage, linkProof } = message;
      await this.#tell('group:rejoin', () => this.client.ask('group:rejoin', { keyPackage, linkProof }));
    }
  }

  #see(view: GroupView): void {
    const at = performance.now();
    if (this.view?.epoch !== view.epoch) {
      this.epochs.push({ epoch: view.epoch, at });
      const names = new Set(view.members.map((m) => m.name));
      for (const { name } of this.view?.members ?? []) if (!names.has(name)) this.gone.set(name, at);
    }
    this.view = view;
  }

  #takeKeys(message: GroupToMedia): void {
    if (this.#toMedia) this.#toMedia(message);
    else if (message.type === 'epoch') message.baseKey.fill(0);
  }

  async #offer({ id, epoch, commit, welcome, added }: SendCommit): Promise<void> {
    const request = { epoch, commit, added, ...(welcome && { welcome }) };
    try {
      await this.client.ask('group:commit', request);
      this.commits.push({ commit: commit.length, welcome: welcome?.length ?? 0, added: added.length });
      await this.#handle({ type: 'commit-answered', id, outcome: 'accepted' });
    } catch (error) {
      const taken = error instanceof RequestRefused && error.code === 'EPOCH_TAKEN';
      await this.#handle({ type: 'commit-answered', id, outcome: taken ? 'epoch-taken' : 'failed' });
    }
  }

  /** As the page does: whoever is not there any more has gone by itself. */
  async #errand<N extends DoorErrand['name']>({ name, data }: Errand<N>): Promise<void> {
    try {
      await this.client.ask(name, data);
    } catch (error) {
      if (!(error instanceof RequestRefused && error.code === 'NOT_FOUND')) throw error;
    }
  }

  async #replay(since: number): Promise<void> {
    try {
      await this.#handle({ type: 'replayed', ...(await this.client.ask('group:replay', { since })) });
    } catch (error) {
      if (error instanceof RequestRefused && error.code === 'EPOCH_GONE')
        await this.#handle({ type: 'replay-gone' });
      else this.faults.push(`group:replay: ${String(error)}`);
    }
  }

  /** A member that has just left is refused: that is no fault. */
  async #tell(what: string, ask: () => Promise<unknown>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      this.faults.push(`${what}: ${String(error)}`);
    }
  }
}
