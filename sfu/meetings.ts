// The meetings this sfu holds, by id.

import type { Logger } from 'pino';
import type { MeetingId } from '#protocol';
import { routerCodecs } from './codecs.ts';
import type { Report } from './link.ts';
import { loggable } from './loggable.ts';
import { Meeting } from './meeting.ts';
import type { Home } from './peer.ts';
import { notHeld, Refusal } from './refusal.ts';
import type { Workers } from './workers.ts';

/** As many as meetings:keep can name. */
const MAX_MEETINGS = 10_000;

interface MeetingsOptions {
  readonly workers: Workers;
  readonly report: Report;
  readonly log: Logger;
}

export class Meetings {
  readonly #options: MeetingsOptions;
  readonly #meetings = new Map<MeetingId, Meeting>();

  constructor(options: MeetingsOptions) {
    this.#options = options;
  }

  find(meetingId: MeetingId): Meeting | undefined {
    return this.#meetings.get(meetingId);
  }

  /** Throws MEDIA_UNAVAILABLE for a meeting that is not held: signaling opens it again. */
  get(meetingId: MeetingId): Meeting {
    const meeting = this.find(meetingId);
    if (!meeting) throw notHeld();
    return meeting;
  }

  /** Known from here on, so that commands right behind it find it; done when the router exists. */
  async open(meetingId: MeetingId): Promise<void> {
    const known = this.#meetings.get(meetingId);
    if (known) return known.ready;
    if (this.#meetings.size >= MAX_MEETINGS)
      throw new Refusal('TOO_MANY_ROOMS', 'too many meetings on this sfu');
    const meeting: Meeting = new Meeting({
      home: this.#findHome(),
      onLost: () => this.#lost(meetingId, meeting),
      onFeedsEnded: (peerId, consumerIds) =>
        this.#options.report('consumers:closed', { meetingId, peerId, consumerIds }),
      onOfferFailed: (err) =>
        this.#options.log.error(
          { err, meeting: loggable(meetingId) },
          'a stream cannot be offered to a peer',
        ),
    });
    this.#meetings.set(meetingId, meeting);
    try {
      await meeting.ready;
      this.#options.log.info({ meeting: loggable(meetingId) }, 'meeting opened');
    } catch (error) {
      this.#forget(meetingId, meeting);
      meeting.close();
      throw error;
    }
  }

  async #findHome(): Promise<Home> {
    const station = await this.#options.workers.place();
    try {
      const router = await station.worker.createRouter({ mediaCodecs: routerCodecs });
      router.observer.once('close', () => station.countMeeting(-1));
      return { router, station };
    } catch (error) {
      station.countMeeting(-1);
      throw error;
    }
  }

  #lost(meetingId: MeetingId, meeting: Meeting): void {
    this.#forget(meetingId, meeting);
    this.#options.log.warn({ meeting: loggable(meetingId) }, 'meeting lost with its worker');
    this.#options.report('meeting:lost', { meetingId });
  }

  #forget(meetingId: MeetingId, meeting: Meeting): void {
    if (this.#meetings.get(meetingId) === meeting) this.#meetings.delete(meetingId);
  }

  /** Closing one that is not there is no error: the result is the same. */
  close(meetingId: MeetingId): void {
    const meeting = this.#meetings.get(meetingId);
    if (!meeting) return;
    this.#meetings.delete(meetingId);
    meeting.close();
    this.#options.log.info({ meeting: loggable(meetingId) }, 'meeting closed');
  }

  /** Closes what signaling does not know (any more), and names what it knows and is not here. */
  keep(meetingIds: readonly MeetingId[]): MeetingId[] {
    const known = new Set(meetingIds);
    for (const held of [...this.#meetings.keys()]) if (!known.has(held)) this.close(held);
    return [...known].filter((meetingId) => !this.#meetings.has(meetingId));
  }

  closeAll(): void {
    this.keep([]);
  }
}
