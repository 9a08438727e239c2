// The test's end of a bent sfu (switchboard.ts).
import type { Page } from '@playwright/test';
import type { Child } from '../harness/child.ts';
import { tracksSoFar } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { until } from '../harness/until.ts';
import type { BendCommand, BendReport } from './bendMessages.ts';

type Slot = 'mic' | 'camera' | 'screen';
type Bent = Extract<BendReport, { type: 'bent' }>;

/** One person's stream on its way to another's page. */
export type Feed = { consumerId: string; producerId: string };

export class Bender {
  readonly #child: Child;
  readonly #waiting = new Map<string, { resolve: (b: Bent) => void; reject: (e: Error) => void }>();
  #next = 0;

  constructor(child: Child) {
    this.#child = child;
    child.process.on('message', (report: BendReport) => {
      const waiting = this.#waiting.get(report.id);
      if (report.type === 'bent') waiting?.resolve(report);
      else if (report.type === 'unbent') waiting?.reject(new Error(`the bent sfu says: ${report.message}`));
    });
  }

  /** Before anybody comes in: what is made from here on can be bent. */
  async splice(on: boolean): Promise<void> {
    await this.#ask({ bend: 'splice', on });
  }

  /** What brings `from` to the page of `to`. */
  async feed(to: Person, from: string, slot: Slot): Promise<Feed> {
    const member = await until(() => to.member(from), { what: () => `${from} in the group at ${to.name}` });
    const consumerId = await until(() => consumerOf(to.page, member.peerId, slot), {
      what: () => `a ${slot} of ${from} at ${to.name}`,
    });
    const { feeds } = await this.#ask({ bend: 'feeds' });
    const feed = feeds.find((f) => f.consumerId === consumerId);
    if (!feed) throw new Error(`the ${slot} of ${from} at ${to.name} is not spliced`);
    return feed;
  }

  async route(feed: Feed, sources: readonly Feed[]): Promise<void> {
    const { consumerId } = feed;
    await this.#ask({ bend: 'route', consumerId, sources: sources.map((s) => s.producerId) });
  }

  /** Whether the sender of this feed hears nobody who asks for a key frame; answers how many have asked in vain so far. */
  async deafen({ producerId }: Feed, on: boolean): Promise<number> {
    return (await this.#ask({ bend: 'deafen', producerId, on })).frames;
  }

  /** Keeps what the sender of this feed sends, until that many frames are kept; answers how many. */
  async keep({ producerId }: Feed, frames: number): Promise<number> {
    await this.#ask({ bend: 'keep', producerId });
    const enough = async () => (await this.#ask({ bend: 'kept', producerId })).frames >= frames;
    await until(enough, { what: () => `${frames} frames to keep` });
    return (await this.#ask({ bend: 'enough', producerId })).frames;
  }

  /** Sends what was kept of `of` to `to`, and answers how many frames. */
  async again(to: Feed, of: Feed = to): Promise<number> {
    const { consumerId } = to;
    return (await this.#ask({ bend: 'again', consumerId, producerId: of.producerId })).frames;
  }

  async inject({ consumerId }: Feed, frames: readonly Uint8Array[]): Promise<void> {
    await this.#ask({ bend: 'inject', consumerId, frames });
  }

  /** Resolves when all are sent; answers how many. */
  async flood(
    feed: Feed,
    how: Omit<Extract<BendCommand, { bend: 'flood' }>, 'bend' | 'consumerId'>,
  ): Promise<number> {
    return (await this.#ask({ bend: 'flood', consumerId: feed.consumerId, ...how })).frames;
  }

  #ask(command: BendCommand): Promise<Bent> {
    // Never a number: those are the tap's, which hears the same channel.
    const id = `bend ${this.#next++}`;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.process.send({ ...command, id });
    });
  }
}

async function consumerOf(page: Page, peerId: string, slot: Slot): Promise<string | undefined> {
  const track = (await tracksSoFar(page)).findLast(
    (t) => 'peerId' in t && t.peerId === peerId && t.slot === slot,
  );
  return track?.consumerId;
}
