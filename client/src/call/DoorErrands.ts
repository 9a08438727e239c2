// Runs to the server with what was decided at the door. It reads none of it: the group worker made and signed the data.
import type { DoorErrand, ToGroup } from '#e2ee/messages.ts';
import type { KnockAccount, PeerId, Req } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { type FailureCode, failureCode } from '../net/RequestFailed.ts';
import type { PushHandlers } from '../net/reply.ts';
import { errandFailed } from './doorWords.ts';

const RETRY_MS = 1_000;
/** More: a sentence about a failure comes late. Less: a short jam at the server looks like one. */
const TRIES = 3;

type Name = DoorErrand['name'];
type Errand<N extends Name = Name> = { [K in N]: { readonly name: K; readonly data: Req<K> } }[N];

/** Refused for now. */
const passing: readonly (FailureCode | undefined)[] = ['TIMEOUT', 'RATE_LIMITED', 'INTERNAL'];
/** At once, past everything that waits: who is sent out must go now. */
const urgent: readonly Name[] = ['host:remove', 'host:say', 'host:end', 'lobby:delegate'];
/** Said in a moment that is over; everything else the group has decided already, and the server must hear of it. */
const ofTheMoment: readonly Name[] = ['host:say', 'host:reject', 'host:end', 'lobby:delegate'];

type DoorPush = Exclude<Extract<keyof PushHandlers, `lobby:${string}` | `host:${string}`>, 'lobby:admitted'>;

interface Deps {
  readonly request: Connection['request'];
  tell(text: string): void;
}

interface Inbound {
  post(message: ToGroup): void;
  signedIn(peerId: PeerId, account: KnockAccount | undefined): void;
  /** A time by the server's clock, as this device's clock has it. */
  ownTime(ms: number): number;
}

/** What the server says about the door, for the group worker to judge. */
export const doorPushes = ({ post, signedIn, ownTime }: Inbound): Pick<PushHandlers, DoorPush> => ({
  'lobby:knocked': ({ arrival, since, account }) => {
    signedIn(arrival.peerId, account);
    post({ type: 'knocked', arrival, since: ownTime(since) });
  },
  'lobby:left': ({ peerId }) => post({ type: 'knock-left', peerId }),
  'lobby:delegated': ({ peerId, mac }) => post({ type: 'knock-delegated', peerId, mac }),
  'lobby:hosts': ({ hosts }) => post({ type: 'lobby-hosts', hosts }),
  'host:said': ({ word }) => post({ type: 'said', word }),
});

export class DoorErrands {
  readonly #deps: Deps;
  /** One after the other: settings must arrive in their order, and a hundred admissions at once look like a flood. */
  #queue: Promise<void> = Promise.resolve();
  /** For when the connection is back. */
  readonly #kept: DoorErrand[] = [];
  #closed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  take(errand: DoorErrand): void {
    if (urgent.includes(errand.name)) void this.#run(errand);
    else this.#queue = this.#queue.then(() => this.#run(errand));
  }

  /** The session was taken up again. */
  resumed(): void {
    for (const errand of this.#kept.splice(0)) this.take(errand);
  }

  close(): void {
    this.#closed = true;
  }

  async #run(errand: DoorErrand, attempt = 1): Promise<void> {
    if (this.#closed) return;
    try {
      await send(this.#deps.request, errand);
    } catch (error) {
      const code = failureCode(error);
      if (code === 'OFFLINE' && !ofTheMoment.includes(errand.name)) this.#kept.push(errand);
      else if (passing.includes(code) && attempt < TRIES) {
        await pause(RETRY_MS);
        await this.#run(errand, attempt + 1);
      } else this.#failed(errand, code);
    }
  }

  #failed({ name }: DoorErrand, code: FailureCode | undefined): void {
    const text = errandFailed(name, code);
    if (text !== null && !this.#closed) this.#deps.tell(text);
  }
}

const send = <N extends Name>(request: Connection['request'], { name, data }: Errand<N>) =>
  request(name, data);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
