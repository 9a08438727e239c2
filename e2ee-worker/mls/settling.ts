// From "we can read the new epoch" to "everybody can": keys to the media worker, our tag to the others, theirs to us.
import type { PeerId, Push } from '#protocol';
import type { TimerName } from './committing.ts';
import { Confirmations, type Heard, LATE_MS, SETTLE_MS } from './confirm.ts';
import { epochTags, sframeBaseKey } from './exporter.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';
import type { Presence } from './presence.ts';
import type { Roster } from './roster.ts';
import type { Timers } from './timers.ts';

/** Others are on an epoch that has not come to us: wait this long for it before asking the log. */
const BEHIND_MS = 1500;
/** In a large group a hundred tags come within a moment. Until the last of them nobody needs a new view for each. */
const SHOW_MS = 100;

export interface SettlingDeps {
  readonly host: Host;
  readonly id: Identity;
  readonly presence: Presence;
  readonly timers: Timers<TimerName>;
  readonly enqueue: (task: () => Promise<void>) => void;
  readonly group: () => Group;
  /** Something that people can see has changed. */
  readonly changed: () => void;
  /** Others have gone on without us. */
  readonly behind: () => void;
  /** Somebody is there who must not hear us: nothing is sent on this epoch either. */
  readonly withheld: () => boolean;
}

export class Settling {
  readonly confirmations = new Confirmations();
  readonly #d: SettlingDeps;
  #settled = false;
  #before: Roster | undefined;
  /** The epoch for which the media worker was told `send-on`. */
  #sentOn = -1;

  constructor(deps: SettlingDeps) {
    this.#d = deps;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /**
   * Receive before send: nobody sends on an epoch that somebody cannot read who could read the one before, for a second at
   * most. Unless somebody was removed, who must not hear a word more. `before`: the roster then; for who comes in itself, none.
   */
  async begin(someoneRemoved: boolean, before?: Roster): Promise<void> {
    const { host, id, timers, enqueue } = this.#d;
    this.#before = before;
    const { state, epoch, selfLeaf, roster } = this.#d.group();
    const { exporterSecret } = state.keySchedule;
    const now = host.now();
    const withheld = this.#d.withheld();
    this.#settled = someoneRemoved || !roster.members.some((m) => this.#mustConfirm(m.peerId));
    host.toMedia({
      type: 'epoch',
      epoch,
      baseKey: await sframeBaseKey(exporterSecret, id.suite),
      selfLeaf,
      leaves: roster.members.map(({ leaf, peerId }) => ({ leaf, peerId })),
      sendNow: this.#settled && !withheld,
    });
    if (withheld) host.toMedia({ type: 'hold' });
    const tags = await epochTags(exporterSecret, id.suite);
    host.emit({ type: 'send-applied', epoch, tag: await tags(selfLeaf) });
    const heard = await this.confirmations.begin({ epoch, since: now, roster, tags }, id.peerId);
    timers.clear('behind');
    timers.set('settle', now + SETTLE_MS, () => enqueue(async () => this.#settle()));
    timers.set('late', now + LATE_MS, () => enqueue(async () => this.#d.changed()));
    this.#weigh(heard);
  }

  async receive(epoch: number, tags: Push<'group:confirmed'>['tags']): Promise<void> {
    const heard = await this.confirmations.receive(epoch, tags);
    const { timers, host, enqueue, behind, changed } = this.#d;
    if (heard.ahead && !timers.has('behind')) {
      timers.set('behind', host.now() + BEHIND_MS, () => enqueue(async () => behind()));
    }
    this.#weigh(heard);
    if (heard.forked.length > 0) changed();
    else if (heard.changed && !timers.has('show'))
      timers.set('show', host.now() + SHOW_MS, () => enqueue(async () => changed()));
  }

  /** Perhaps those who are still there have all confirmed. */
  check(): void {
    const waitsFor = this.#d
      .group()
      .roster.members.some((m) => this.#mustConfirm(m.peerId) && !this.confirmations.confirmed(m.peerId));
    if (!waitsFor) this.#settle();
  }

  #weigh(heard: Heard): void {
    if (heard.forked.length > 0) this.#d.host.emit({ type: 'forked', peerIds: [...heard.forked] });
    this.check();
  }

  #mustConfirm(peerId: PeerId): boolean {
    const isNew = this.#before !== undefined && !this.#before.byPeer.has(peerId);
    return peerId !== this.#d.id.peerId && !isNew && this.#d.presence.of(peerId) === 'here';
  }

  #settle(): void {
    const { epoch } = this.#d.group();
    if (this.#sentOn === epoch) return;
    this.#sentOn = epoch;
    this.#settled = true;
    this.#d.timers.clear('settle');
    this.#d.host.toMedia({ type: 'send-on', epoch });
    this.#d.changed();
  }
}
