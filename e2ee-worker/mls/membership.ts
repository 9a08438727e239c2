// In the group: follow commits, tell the media worker of each epoch, watch who confirms it, show it.
import type { LoggedCommit, PeerId, Push } from '#protocol';
import { equalBytes, hex, sha256 } from '../link/bytes.ts';
import type { Arrivals } from './arrivals.ts';
import { ChangeLog } from './changeLog.ts';
import type { Chat } from './chat.ts';
import { newcomerDelay } from './committer.ts';
import { Committing, type HostWishes, type TimerName } from './committing.ts';
import {
  type Applied,
  applyCommit,
  applyOwn,
  type Changes,
  type Group,
  wipeEpoch,
  wipeGroup,
} from './group.ts';
import { CommitRefused } from './guard.ts';
import type { Host } from './host.ts';
import { isHost } from './hosts.ts';
import type { Identity } from './identity.ts';
import type { Describer } from './people.ts';
import type { Policy } from './policy.ts';
import type { Presence } from './presence.ts';
import { Rejecting } from './rejecting.ts';
import { Remembered } from './remembered.ts';
import type { Restriction } from './restriction.ts';
import type { Member, RosterCache } from './roster.ts';
import { Settling } from './settling.ts';
import type { Timers } from './timers.ts';
import { makeView } from './view.ts';
import { Withholding } from './withholding.ts';

/** The log is asked at most this often. */
const REPLAY_GAP_MS = 1000;
/** Applied and refused commits remembered by hash, to know a repetition. */
const REMEMBERED = 128;

export interface MembershipDeps {
  readonly host: Host;
  readonly id: Identity;
  readonly arrivals: Arrivals;
  readonly presence: Presence;
  readonly cache: RosterCache;
  readonly timers: Timers<TimerName>;
  readonly wishes: HostWishes;
  readonly people: Describer;
  readonly restriction: Restriction;
  readonly chat: Pick<Chat, 'began'>;
  /** The group is on a new epoch; `policy` if a commit of ours has changed it. */
  readonly advanced: (group: Group, policy: Policy | undefined) => Promise<void>;
  readonly enqueue: (task: () => Promise<void>) => void;
  readonly removed: () => void;
  /** We cannot follow any more: a new key package has to be made and added. */
  readonly rejoin: () => Promise<void>;
}

const keyOf = (c: LoggedCommit) => `${c.epoch} ${hex(sha256(c.commit))}`;

export class Membership {
  readonly #d: MembershipDeps;
  readonly #committing: Committing;
  readonly #settling: Settling;
  readonly #withholding: Withholding;
  readonly #rejecting: Rejecting;
  readonly #applied = new Remembered(REMEMBERED);
  readonly #refused = new Remembered(REMEMBERED);
  #group: Group;
  readonly #log = new ChangeLog();
  /** Who made the commit that led into this epoch. */
  #ledBy: PeerId | undefined;
  #replayAskedAt = Number.NEGATIVE_INFINITY;
  /** A refused commit may become acceptable when the server tells more. */
  #waitingForNews = false;
  /** The highest epoch of a commit that came before those that lead to it. */
  #future: number | undefined;
  #futureReported = -1;
  #following = true;
  #wiped = false;
  /** The last view: the same again would only make the page draw it again. */
  #shown = '';

  constructor(deps: MembershipDeps, group: Group, options: { founder: boolean }) {
    this.#d = deps;
    this.#group = group;
    const [fraction = 0] = deps.host.random(1);
    const delay = newcomerDelay(group.roster.members.length, fraction / 256);
    const here = () => this.#group;
    this.#committing = new Committing(
      { ...deps, group: here, askReplay: () => this.askReplay() },
      options.founder ? undefined : deps.host.now() + delay,
    );
    this.#settling = new Settling({
      ...deps,
      group: here,
      changed: () => this.show(),
      behind: () => this.askReplay(),
      withheld: () => this.#withholding.because.length > 0,
    });
    this.#rejecting = new Rejecting({ ...deps, group: here });
    this.#withholding = new Withholding({
      ...deps,
      group: here,
      defiedSince: deps.wishes.defiedSince,
      changed: () => this.show(),
    });
  }

  get group(): Group {
    return this.#group;
  }

  /** Commits were missed, or somebody is there who has been sent out: nothing is said to the group. */
  get silent(): boolean {
    return !this.#following || this.#withholding.because.length > 0;
  }

  changesFrom(before: Membership): void {
    const [old, now] = [before.group.roster.members, this.#group.roster.members];
    this.#log.resumed(before.#log, { before: old, after: now, at: this.#d.host.now() });
    this.#log.learn(before.group.policy.sentOut, this.#group.policy.sentOut);
  }

  // ── epochs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Once, after construction. A founder sends at once; a newcomer when the others can read it. */
  async start(): Promise<void> {
    await this.#announceEpoch();
  }

  async #announceEpoch(before?: Group): Promise<void> {
    await this.#settling.begin(before !== undefined && this.#someoneLeft(before), before?.roster);
    await this.#d.chat.began(this.#group);
    this.#withholding.plan();
    this.show();
    this.#committing.plan();
  }

  async #advance(applied: Applied, own: Parameters<Committing['epochBegan']>[0]): Promise<void> {
    if (applied.kind === 'removed') {
      this.#d.removed();
      return;
    }
    // The stay has ended while this was being applied.
    if (this.#wiped) return wipeGroup(applied.group);
    const before = this.#group;
    this.#group = applied.group;
    wipeEpoch(before.state);
    this.#note(before, applied);
    this.#record(applied.changes);
    this.#waitingForNews = false;
    this.#committing.epochBegan(own);
    // Keys first: what a host does next and what is written down of people may take its time.
    await this.#announceEpoch(before);
    await this.#d.advanced(applied.group, own?.changes.policy);
    // A host may have found that there is something to put into the group.
    if (!this.#wiped) this.#committing.plan();
  }

  #someoneLeft(before: Group): boolean {
    const { byPeer } = this.#group.roster;
    const isThere = ({ peerId, node }: Member) => {
      const now = byPeer.get(peerId)?.node.signaturePublicKey;
      return now !== undefined && equalBytes(now, node.signaturePublicKey);
    };
    return !before.roster.members.every(isThere);
  }

  #note(before: Group, { group, sender }: Extract<Applied, { kind: 'advanced' }>): void {
    const { host, id, presence } = this.#d;
    const byHost = isHost(before.policy, sender?.node.signaturePublicKey ?? id.device.publicKey);
    this.#log.moved({
      before: before.roster.members,
      after: group.roster.members,
      at: host.now(),
      isSentOut: (m) => byHost && !presence.isGone(m.peerId),
    });
    this.#log.learn(before.policy.sentOut, group.policy.sentOut);
  }

  #record({ removes, adds }: Changes): void {
    const { presence, arrivals } = this.#d;
    for (const m of removes) {
      const gone = presence.gone(m.peerId)?.nth;
      const returns = adds.some((n) => n.peerId === m.peerId);
      // Sent out by a host of which the server has said nothing: what it had announced is void from here on.
      if (gone !== undefined || !returns) arrivals.departed(m.peerId, gone ?? arrivals.next());
    }
    for (const n of adds) presence.added(n);
    arrivals.spend(adds);
  }

  // ── commits ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async committed(logged: LoggedCommit): Promise<void> {
    if (!this.#following) return;
    const key = keyOf(logged);
    if (this.#applied.has(key)) return;
    if (logged.epoch > this.#group.epoch) {
      // A gap: the log has what is missing, and this one with it.
      this.#future = Math.max(this.#future ?? 0, logged.epoch);
      if (this.#refused.add(key)) this.askReplay();
      return;
    }
    try {
      const own = this.#committing.matching(logged);
      const applied = own ? applyOwn(this.#d.id, own, this.#d.cache) : await this.#apply(logged);
      this.#applied.add(key);
      this.#ledBy = logged.from;
      this.#rejecting.stop();
      await this.#advance(applied, own);
    } catch (e) {
      if (!(e instanceof CommitRefused)) throw e;
      await this.#refuse(key, e, logged);
    }
  }

  async #apply(logged: LoggedCommit): Promise<Applied> {
    const { host, id, arrivals, presence, cache } = this.#d;
    if (logged.from === id.peerId && logged.epoch === this.#group.epoch) {
      // Nobody can process a commit of their own without what was kept for it.
      throw new CommitRefused('it bears our name and is not pending', 'rejoin');
    }
    const isGone = (p: PeerId) => presence.hasLeft(p);
    return applyCommit(id, this.#group, { logged, arrivals, isGone, cache, now: host.now() });
  }

  async #refuse(key: string, e: CommitRefused, { epoch }: LoggedCommit): Promise<void> {
    if (this.#refused.add(key)) {
      this.#d.host.emit({ type: 'refused', what: 'commit', reason: e.message });
    }
    if (e.cure === 'wait') this.#waitingForNews = true;
    if (e.cure === 'rejoin') await this.#startAnew();
    else this.#rejecting.refused(epoch);
  }

  /** Nothing that we have applied is undone: if it is that commit that has led us here, we are added anew. */
  async reverted(epoch: number, from: PeerId): Promise<void> {
    if (!this.#following) return;
    this.#future = undefined;
    if (epoch === this.#group.epoch - 1 && from === this.#ledBy) await this.#startAnew();
    else this.askReplay();
  }

  offerAnswered(id: number, outcome: 'accepted' | 'epoch-taken' | 'failed'): void {
    this.#committing.answered(id, outcome);
  }

  // ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  askReplay(): void {
    const { host, timers, enqueue } = this.#d;
    if (!this.#following) return;
    const earliest = this.#replayAskedAt + REPLAY_GAP_MS;
    if (host.now() < earliest) {
      timers.set('replay', earliest, () => enqueue(async () => this.askReplay()));
      return;
    }
    this.#replayAskedAt = host.now();
    host.emit({ type: 'ask-replay', since: this.#group.epoch });
  }

  async replayed(epoch: number, commits: readonly LoggedCommit[]): Promise<void> {
    for (const c of commits) if (c.epoch >= this.#group.epoch) await this.committed(c);
    if (!this.#following) return;
    if (epoch === this.#group.epoch) this.#committing.undecided();
    this.#reportFuture();
  }

  /** What was too early for us before the log was read, and still is, is no accident. */
  #reportFuture(): void {
    if (this.#future === undefined || this.#future <= this.#group.epoch) return;
    if (this.#futureReported === this.#group.epoch) return;
    this.#futureReported = this.#group.epoch;
    this.#d.host.emit({ type: 'refused', what: 'commit', reason: 'of a future epoch' });
  }

  async replayGone(): Promise<void> {
    if (this.#following) await this.#startAnew();
  }

  /** Keys stay for receiving until the Welcome comes; commits cannot be followed meanwhile. */
  async #startAnew(): Promise<void> {
    this.stopFollowing();
    await this.#d.rejoin();
  }

  stopFollowing(): void {
    this.#following = false;
    this.#committing.stop();
    this.#rejecting.stop();
  }

  // ── news from the server ─────────────────────────────────────────────────────────────────────────────────────────────

  news(): void {
    if (!this.#following) return;
    if (this.#waitingForNews) this.askReplay();
    this.#committing.plan();
    this.#withholding.plan();
    this.#settling.check();
    this.show();
  }

  async confirmed(epoch: number, tags: Push<'group:confirmed'>['tags']): Promise<void> {
    await this.#settling.receive(epoch, tags);
  }

  refresh(): void {
    if (this.#following) this.#committing.refresh();
  }

  markChecked(): void {
    this.#log.markChecked(this.#d.host.now());
    this.show();
  }

  show(): void {
    const { id, presence, host, people, restriction } = this.#d;
    const view = makeView({
      group: this.#group,
      self: id.peerId,
      presence,
      confirmations: this.#settling.confirmations,
      settled: this.#settling.settled,
      withheldFor: this.#withholding.because,
      checkedAt: this.#log.checkedAt,
      changesSinceChecked: this.#log.count,
      changes: this.#log.shown,
      people,
      restriction,
      now: host.now(),
    });
    const shown = JSON.stringify(view);
    if (shown === this.#shown) return;
    this.#shown = shown;
    host.emit({ type: 'view', view });
  }

  wipe(): void {
    this.#wiped = true;
    this.stopFollowing();
    wipeGroup(this.#group);
  }
}
