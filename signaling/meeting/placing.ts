// Which sfu holds which meeting: opens meetings there, and finds another place when one is lost.
import type { MeetingId, PeerId } from '#protocol';
import type { Clock } from '../clock.ts';
import { type Log, loggable } from '../log.ts';
import type { SfuLink } from '../sfuLink.ts';
import type { Meeting, Placement } from './Meeting.ts';

/** A departed peer is reported as left when the sfu has closed it, or after this if the sfu does not answer. */
const CLOSE_WAIT_MS = 500;

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  /** The least loaded sfu. */
  pick(): SfuLink | undefined;
  meetings(): Iterable<Meeting>;
}

export class Placing {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Opens a new meeting in the background. Its peers hear media:ready only when that did not work at once, or `anew`. */
  place(meeting: Meeting, options: { anew: boolean }): void {
    const sfu = this.#deps.pick();
    if (!sfu || meeting.over) return;
    const placement: Placement = { sfu, opened: this.#open(sfu, meeting) };
    meeting.placement = placement;
    void placement.opened.then((opened) => {
      if (meeting.placement !== placement) return;
      if (!opened) meeting.placement = undefined;
      else if (options.anew) meeting.push('media:ready', {});
    });
  }

  /** Meetings that are nowhere: their first place failed, or was lost. Called when an sfu comes, and every second. */
  placeHomeless(): void {
    if (!this.#deps.pick()) return;
    for (const meeting of this.#deps.meetings()) {
      if (!meeting.placement) this.place(meeting, { anew: true });
    }
  }

  meetingsOn(sfu: SfuLink): MeetingId[] {
    return this.#on(sfu).map((meeting) => meeting.id);
  }

  lost(sfu: SfuLink): void {
    for (const meeting of this.#on(sfu)) {
      meeting.placement = undefined;
      meeting.push('media:lost', {});
    }
    this.placeHomeless();
  }

  /** The sfu lives, but has nothing of these meetings any more. */
  emptied(sfu: SfuLink, ids: readonly MeetingId[]): void {
    for (const meeting of this.#on(sfu)) {
      if (!ids.includes(meeting.id)) continue;
      meeting.placement = undefined;
      this.place(meeting, { anew: true });
      if (!meeting.placement) meeting.push('media:lost', {});
    }
  }

  /** Sends the close before it returns; resolves when the sfu has done it, at the latest after CLOSE_WAIT_MS. */
  async closePeer(meeting: Meeting, peerId: PeerId): Promise<void> {
    const sfu = meeting.placement?.sfu;
    if (!sfu) return;
    const closed = sfu.closePeer({ meetingId: meeting.id, peerId });
    await new Promise<void>((resolve) => {
      const cancel = this.#deps.clock.after(CLOSE_WAIT_MS, resolve);
      void closed.then(cancel).then(resolve);
    });
  }

  /** Sends the close before it returns. */
  close(meeting: Meeting): void {
    const sfu = meeting.placement?.sfu;
    meeting.placement = undefined;
    sfu?.command('meeting:close', { meetingId: meeting.id }).catch((error: unknown) => {
      // When it is back, meetings:keep does not name this meeting.
      this.#deps.log.warn({ err: error, meeting: loggable(meeting.id) }, 'the sfu did not close a meeting');
    });
  }

  #on(sfu: SfuLink): Meeting[] {
    return [...this.#deps.meetings()].filter((meeting) => meeting.placement?.sfu === sfu);
  }

  async #open(sfu: SfuLink, meeting: Meeting): Promise<boolean> {
    try {
      await sfu.command('meeting:open', { meetingId: meeting.id });
      return true;
    } catch (error) {
      this.#deps.log.warn({ err: error, meeting: loggable(meeting.id) }, 'a meeting could not be opened');
      return false;
    }
  }
}
