// Relays media requests of a peer to the sfu that holds its meeting, and the sfu's news to the peers.
import type { Offer, PeerId, Req, Res, SfuCommandName, SfuReport, SfuReq, SfuRes, Slot } from '#protocol';
import type { Peer } from '../peer.ts';
import { Refusal } from '../refusal.ts';
import type { SfuLink } from '../sfuLink.ts';
import type { Meeting } from './Meeting.ts';

export interface Participant {
  readonly peer: Peer;
  readonly meeting: Meeting;
}

const SCREENS: readonly Slot[] = ['screen', 'screen-audio'];

/** By the policy. What hosts have ruled, members keep to themselves. */
function mayShare({ peer, meeting }: Participant): boolean {
  const { screenSharing } = meeting.rules;
  return screenSharing === 'everyone' || (screenSharing === 'hosts' && peer.role === 'host');
}

export class MediaRelay {
  /** Offers to a peer whose media:open has not been answered yet: it could not place them. */
  readonly #held = new Map<PeerId, Offer[]>();

  async open(
    at: Participant,
    { rtpCapabilities }: Req<'media:open'>,
    afterReply: (run: () => void) => void,
  ): Promise<Res<'media:open'>> {
    // Trying while there is no sfu costs nothing, or its return would find everybody RATE_LIMITED.
    if (at.meeting.placement && !at.peer.allowance.transports.take()) throw new Refusal('RATE_LIMITED');
    const held: Offer[] = [];
    this.#held.set(at.peer.id, held);
    const release = () => {
      if (this.#held.get(at.peer.id) === held) this.#held.delete(at.peer.id);
    };
    try {
      const opened = await ask(at, 'peer:open', { rtpCapabilities, ...ids(at) });
      afterReply(() => {
        release();
        if (isIn(at)) offerRest(at.peer, held, opened.offers);
      });
      return opened;
    } catch (error) {
      release();
      throw error;
    }
  }

  async produce(at: Participant, req: Req<'media:produce'>): Promise<Res<'media:produce'>> {
    if (SCREENS.includes(req.slot) && !mayShare(at)) throw new Refusal('SHARING_REFUSED');
    if (at.meeting.placement && !at.peer.allowance.streams.take()) throw new Refusal('RATE_LIMITED');
    const { producerId, offers } = await ask(at, 'producer:create', { ...req, ...ids(at) });
    if (!isIn(at)) throw new Refusal('MEETING_OVER');
    for (const { to, offer } of offers) this.#offer(at.meeting.peers.get(to), offer);
    return { producerId };
  }

  async mute(at: Participant, req: Req<'media:mute'>): Promise<void> {
    if (at.meeting.placement && !at.peer.allowance.mutes.take()) throw new Refusal('RATE_LIMITED');
    await ask(at, 'producer:mute', { ...req, ...ids(at) });
    if (!isIn(at)) return;
    at.meeting.push('media:muted', { peerId: at.peer.id, ...req }, at.meeting.others(at.peer));
  }

  #offer(to: Peer | undefined, offer: Offer): void {
    if (!to) return;
    const held = this.#held.get(to.id);
    if (held) held.push(offer);
    else to.push('media:offered', { offers: [offer] });
  }
}

export async function connect(at: Participant, req: Req<'media:connect'>): Promise<void> {
  await ask(at, 'transport:connect', { ...req, ...ids(at) });
}

export function restart(at: Participant, req: Req<'media:restart'>): Promise<Res<'media:restart'>> {
  return ask(at, 'transport:restart', { ...req, ...ids(at) });
}

export async function close(at: Participant, req: Req<'media:close'>): Promise<void> {
  await ask(at, 'producer:close', { ...req, ...ids(at) });
}

/**
 * Those that may not be shared any more. There may be none: pages that keep to the rule have stopped them. False: the sfu did not
 * answer, and may go on with some.
 */
export async function closeScreens(meeting: Meeting): Promise<boolean> {
  if (!meeting.placement) return true;
  const forbidden = [...meeting.peers.values()].filter((peer) => !mayShare({ peer, meeting }));
  const closing = forbidden.flatMap((peer) => SCREENS.map((slot) => close({ peer, meeting }, { slot })));
  const failed = (await Promise.allSettled(closing)).flatMap((one) =>
    one.status === 'rejected' ? [one.reason] : [],
  );
  for (const error of failed) if (!(error instanceof Refusal)) throw error;
  return failed.every(({ code }) => code !== 'MEDIA_UNAVAILABLE');
}

export async function receive(at: Participant, req: Req<'media:receive'>): Promise<void> {
  await ask(at, 'peer:receive', { ...req, ...ids(at) });
}

export async function keyframe(at: Participant, req: Req<'media:keyframe'>): Promise<void> {
  await ask(at, 'consumer:keyframe', { ...req, ...ids(at) });
}

/** An sfu may speak only about meetings that it holds. */
export function consumersClosed(
  sfu: SfuLink,
  meeting: Meeting | undefined,
  report: SfuReport<'consumers:closed'>,
): void {
  if (meeting?.placement?.sfu !== sfu) return;
  meeting.peers.get(report.peerId)?.push('media:closed', { consumerIds: report.consumerIds });
}

/**
 * The peer may have left, or its meeting may have moved, while this waited for the sfu to open the meeting. Sending
 * then would create a receiver on the sfu that nobody ever closes.
 */
async function ask<N extends SfuCommandName>(at: Participant, name: N, req: SfuReq<N>): Promise<SfuRes<N>> {
  const placement = at.meeting.placement;
  if (!placement || !(await placement.opened)) throw new Refusal('MEDIA_UNAVAILABLE');
  if (!at.peer.meeting) throw new Refusal('MEETING_OVER');
  if (!isIn(at) || at.meeting.placement !== placement) throw new Refusal('MEDIA_UNAVAILABLE');
  return placement.sfu.command(name, req);
}

function isIn({ peer, meeting }: Participant): boolean {
  return meeting.peers.get(peer.id) === peer && !meeting.over;
}

function ids({ peer, meeting }: Participant) {
  return { meetingId: meeting.id, peerId: peer.id };
}

/** Whoever started sending while the transports were being made is in the answer, or comes now; never both. */
function offerRest(peer: Peer, held: Offer[], answered: readonly Offer[]): void {
  const known = new Set(answered.map((offer) => offer.producerId));
  const rest = held.filter((offer) => !known.has(offer.producerId));
  if (rest.length > 0) peer.push('media:offered', { offers: rest });
}
