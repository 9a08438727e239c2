// Our own commits: when to offer one, and what has become of it.
//
//   idle ──due──▶ made (again, while more people turn out to be gone) ──▶ offered ──echo of our bytes──▶ applied by membership ──▶ idle
//                    ├── another commit wins the epoch ──▶ dropped ──▶ idle
//                    └── refused, or no echo ──▶ log asked: ours is in it (applied), or refused (dropped), or offered again
import type { LoggedCommit } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { admissionFault } from './admission.ts';
import { addTimes, changesToMake, removesSince } from './agenda.ts';
import type { Arrivals, Newcomer } from './arrivals.ts';
import { commitDue, REFRESH_MIN_GAP_MS, rank } from './committer.ts';
import { type Changes, type Group, offerCommit, type PendingCommit, wipeEpoch } from './group.ts';
import type { Host } from './host.ts';
import { isHost } from './hosts.ts';
import { type Identity, isLasting } from './identity.ts';
import type { Policy } from './policy.ts';
import type { Presence } from './presence.ts';
import { leafAt } from './roster.ts';
import type { Timers } from './timers.ts';

/** No answer and no echo after this long: ask the log. Less: needless replays on slow networks. */
export const ANSWER_MS = 4000;
/** After a failed commit we hold back this long, doubling up to the longest. */
const BACKOFF_MS = 250;
const BACKOFF_MAX_MS = 4000;
/** A commit is made anew for those who left while it was being made, at most this long: a trickle must hold up nobody. */
const GATHER_MS = 250;

export type TimerName =
  | 'commit'
  | 'answer'
  | 'replay'
  | 'settle'
  | 'late'
  | 'expiry'
  | 'rejoin'
  | 'behind'
  | 'show'
  | 'withhold'
  | 'reject';

/** What this device wants as a host: at once, whoever's turn it is. */
export interface HostWishes {
  readonly isBanished: (signatureKey: Uint8Array) => boolean;
  /** Since when somebody has been in the group although this host has sent them out. */
  readonly defiedSince: (signatureKey: Uint8Array) => number | undefined;
  readonly wantsPolicy: () => boolean;
  /** Undefined when there is nothing to change after all. */
  readonly makePolicy: (group: Group) => Promise<Policy | undefined>;
}

export interface CommittingDeps {
  readonly host: Host;
  readonly id: Identity;
  readonly arrivals: Arrivals;
  readonly presence: Presence;
  readonly timers: Timers<TimerName>;
  readonly group: () => Group;
  readonly wishes: HostWishes;
  readonly enqueue: (task: () => Promise<void>) => void;
  readonly askReplay: () => void;
}

export class Committing {
  readonly #d: CommittingDeps;
  #pending: { commit: PendingCommit; id: number; failed: boolean } | undefined;
  /** Made, not yet offered. */
  #draft: { commit: PendingCommit; since: number } | undefined;
  #nextId = 1;
  #epochSince: number;
  #lastCommit = Number.NEGATIVE_INFINITY;
  #lastRefresh = Number.NEGATIVE_INFINITY;
  #refreshAt: number | undefined;
  #newcomerAt: number | undefined;
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(deps: CommittingDeps, newcomerAt: number | undefined) {
    this.#d = deps;
    this.#epochSince = deps.host.now();
    this.#newcomerAt = newcomerAt;
  }

  refresh(): void {
    this.#refreshAt = Math.max(this.#d.host.now(), this.#lastRefresh + REFRESH_MIN_GAP_MS);
    this.plan();
  }

  /** Looks at what there is to do and sets the time for it. Called after anything that may have changed that. */
  plan(): void {
    if (this.#pending || this.#draft) return;
    const due = this.#due(this.#changes());
    this.#d.timers.set('commit', due ?? Number.POSITIVE_INFINITY, () => {
      this.#d.enqueue(() => this.#attempt());
    });
  }

  #changes(): Changes {
    const { arrivals, presence, id, wishes } = this.#d;
    const mayCome = (n: Newcomer, replaces: boolean) => this.#mayCome(n, replaces);
    const { roster } = this.#d.group();
    return changesToMake({ roster, self: id.peerId, arrivals, presence, mayCome, ...wishes });
  }

  #mayCome({ keyPackage, keyHash, rights }: Newcomer, replaces: boolean): boolean {
    if (!isLasting(keyPackage.leafNode, this.#d.host.now())) return false;
    const applicant = { key: keyPackage.leafNode.signaturePublicKey, keyHash, rights, replaces };
    return admissionFault(this.#d.group().policy, applicant, this.#d.host.now()) === undefined;
  }

  /** Somebody whom this host has sent out is still there. */
  #sendsOut({ removes }: Changes): boolean {
    return removes.some((m) => this.#d.wishes.isBanished(m.node.signaturePublicKey));
  }

  #due(changes: Changes): number | undefined {
    const { presence, id, wishes, host } = this.#d;
    const { roster, policy } = this.#d.group();
    if (this.#sendsOut(changes) || wishes.wantsPolicy()) return Math.max(host.now(), this.#notBefore);
    const leaving = new Set(changes.removes.map((m) => m.peerId));
    const place = rank(
      roster.members,
      id.peerId,
      (p) => presence.of(p) === 'here' && !leaving.has(p),
      (m) => isHost(policy, m.node.signaturePublicKey),
    );
    if (place === undefined) return undefined;
    const due = commitDue({
      rank: place,
      epochSince: this.#epochSince,
      lastCommit: this.#lastCommit,
      removesSince: removesSince(changes, presence),
      adds: addTimes(changes),
      newcomerAt: this.#newcomerAt,
      refreshAt: this.#refreshAt,
    });
    return Math.max(due, this.#notBefore);
  }

  async #attempt(): Promise<void> {
    const changes = this.#changes();
    const due = this.#due(changes);
    if (this.#pending || this.#draft || due === undefined) return;
    if (due > this.#d.host.now()) {
      this.plan();
      return;
    }
    // First they are out, then it is written down: with the Remove comes a path, and nobody waits for it.
    const policy = this.#sendsOut(changes) ? undefined : await this.#d.wishes.makePolicy(this.#d.group());
    if (policy) this.#send(await this.#makeAlone(policy));
    else await this.#attemptChanges(changes);
  }

  async #attemptChanges(changes: Changes): Promise<void> {
    // A wish that came to nothing has brought us here before our turn.
    const due = this.#due(changes);
    const now = this.#d.host.now();
    const commit = due !== undefined && due <= now ? await this.#make(changes) : undefined;
    if (!commit) this.plan();
    else if (changes.removes.length === 0) this.#send(commit);
    else this.#gather(commit, now);
  }

  /**
   * When ten people leave together, the first is heard of alone. The others were heard of while the commit was being made, and
   * wait behind it in the queue: let them pass. Who leaves alone waits for nobody.
   */
  #gather(commit: PendingCommit, since: number): void {
    this.#draft = { commit, since };
    this.#d.enqueue(() => this.#sendDraft());
  }

  async #sendDraft(): Promise<void> {
    const draft = this.#draft;
    if (!draft) return;
    this.#draft = undefined;
    const changes = this.#changes();
    const known = new Set(draft.commit.changes.removes.map((m) => m.peerId));
    const more = changes.removes.some((m) => !known.has(m.peerId));
    const late = this.#d.host.now() - draft.since >= GATHER_MS;
    if ((!more || late) && this.#stillAdds(draft.commit)) return this.#send(draft.commit);
    wipeEpoch(draft.commit.next);
    const commit = await this.#make(changes);
    if (commit) this.#gather(commit, draft.since);
    else this.plan();
  }

  /** Others would refuse a commit that adds somebody who is void by now, and the epoch would be taken by it all the same. */
  #stillAdds({ changes }: PendingCommit): boolean {
    const { arrivals, presence, wishes } = this.#d;
    return changes.adds.every(
      (n) =>
        arrivals.holds(n) &&
        presence.isCurrent(n) &&
        !wishes.isBanished(n.keyPackage.leafNode.signaturePublicKey),
    );
  }

  #makeAlone(policy: Policy): Promise<PendingCommit> {
    const { id, host } = this.#d;
    const changes = { removes: [], adds: [], policy };
    return offerCommit(id, this.#d.group(), { changes, random: (n) => host.random(n) });
  }

  /** A key package that cannot be encrypted to must not keep out those who came with it. */
  async #make(changes: Changes): Promise<PendingCommit | undefined> {
    const { id, host, arrivals } = this.#d;
    const random = (n: number) => host.random(n);
    const group = this.#d.group();
    try {
      return await offerCommit(id, group, { changes, random });
    } catch (e) {
      if (changes.adds.length === 0) throw e;
      for (const n of changes.adds) {
        const alone = { removes: [], adds: [n] };
        const back = group.roster.byPeer.get(n.peerId);
        const only = back ? { ...alone, removes: [back] } : alone;
        const trial = await offerCommit(id, group, { changes: only, random }).catch(() => undefined);
        if (trial) wipeEpoch(trial.next);
        else arrivals.discard(n);
      }
      return undefined;
    }
  }

  #send(commit: PendingCommit): void {
    const now = this.#d.host.now();
    const { removes, adds, policy } = commit.changes;
    // Any commit with a path refreshes keys; one that only adds has none, nor has a change of the policy (ts-mls).
    if (removes.length > 0 || (adds.length === 0 && !policy)) {
      if (this.#refreshAt !== undefined) this.#lastRefresh = now;
      this.#refreshAt = undefined;
    }
    this.#lastCommit = now;
    this.#offer(commit);
  }

  #offer(commit: PendingCommit): void {
    const { host } = this.#d;
    const id = this.#nextId++;
    this.#pending = { commit, id, failed: false };
    host.emit({
      type: 'send-commit',
      id,
      epoch: commit.epoch,
      commit: commit.commit,
      ...(commit.welcome ? { welcome: commit.welcome } : {}),
      added: commit.changes.adds.map((n) => n.peerId),
    });
    this.#expectEcho(host.now() + ANSWER_MS);
  }

  /** Whatever the answer was: without an echo the log decides, because only it knows which commit won. */
  #expectEcho(at: number): void {
    this.#d.timers.set('answer', at, () =>
      this.#d.enqueue(async () => {
        this.#d.askReplay();
        // The log's answer may get lost too.
        this.#expectEcho(this.#d.host.now() + ANSWER_MS);
      }),
    );
  }

  answered(id: number, outcome: 'accepted' | 'epoch-taken' | 'failed'): void {
    if (this.#pending?.id !== id || outcome === 'accepted') return;
    const now = this.#d.host.now();
    if (outcome === 'failed') {
      this.#pending.failed = true;
      this.#notBefore = now + Math.min(BACKOFF_MS * 2 ** this.#failures++, BACKOFF_MAX_MS);
      this.#d.askReplay();
    } else {
      // The winner's echo is normally right behind the answer.
      this.#expectEcho(now + 1000);
    }
  }

  /** Our pending commit, if this is its echo. */
  matching(logged: LoggedCommit): PendingCommit | undefined {
    const commit = this.#pending?.commit;
    if (!commit || logged.from !== this.#d.id.peerId || logged.epoch !== commit.epoch) return undefined;
    return equalBytes(commit.commit, logged.commit) ? commit : undefined;
  }

  /** The group is on a new epoch; `applied` is our commit if it was the one. */
  epochBegan(applied: PendingCommit | undefined): void {
    const now = this.#d.host.now();
    this.#forget(applied);
    this.#epochSince = now;
    this.#lastCommit = now;
    this.#failures = 0;
    if (applied?.changes.policy) this.#refreshAt ??= Math.max(now, this.#lastRefresh + REFRESH_MIN_GAP_MS);
    this.#notBefore = Number.NEGATIVE_INFINITY;
    const { state, selfLeaf } = this.#d.group();
    if (leafAt(state.ratchetTree, selfLeaf)?.leafNodeSource === 'commit') this.#newcomerAt = undefined;
  }

  /**
   * The log ends at our epoch, so nobody's commit had won when it was read. Ours may have been sent after that: only if the
   * server has refused it, it is dropped. Otherwise the same bytes are offered again; if they had won, they lose now, and
   * the log will tell.
   */
  undecided(): void {
    const pending = this.#pending;
    if (pending?.commit.epoch !== this.#d.group().epoch) return;
    if (!pending.failed) {
      this.#offer(pending.commit);
      return;
    }
    this.#forget(undefined);
    this.plan();
  }

  #forget(applied: PendingCommit | undefined): void {
    if (this.#pending && this.#pending.commit !== applied) wipeEpoch(this.#pending.commit.next);
    if (this.#draft) wipeEpoch(this.#draft.commit.next);
    this.#draft = undefined;
    this.#pending = undefined;
    this.#d.timers.clear('answer');
  }

  stop(): void {
    this.#forget(undefined);
    this.#d.timers.clear('commit');
  }
}
