// What is asked of the media server: streams of members, at the sizes of their tiles, once there are keys to open them.
import type { GroupView } from '#e2ee/messages.ts';
import type { Wanted } from '#protocol';
import type { MediaLine } from '../media/MediaLine.ts';
import { type Sizes, wantedOf } from '../media/wanted.ts';
import type { RoomState } from './RoomState.svelte.ts';
import { mayShare } from './tiles.ts';

interface Deps {
  readonly state: RoomState;
  readonly media: MediaLine;
  /** What nobody looks at is received all the same. */
  recorded(): boolean;
  /** What is asked for from now on. */
  changed(wanted: Wanted): void;
}

export class Receiving {
  readonly #deps: Deps;
  #sizes: Sizes | null = null;
  /** True from the first epoch on that all senders use: before that nothing could be opened. */
  #settled = false;
  #asked = Promise.withResolvers<void>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Resolves when streams were asked for the first time. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  setVisible(sizes: Sizes): void {
    this.#sizes = new Map(sizes);
    this.#want();
  }

  viewed(view: GroupView): void {
    this.#settled ||= view.settled;
    this.#want();
  }

  wanted(): Wanted {
    const { state, media, recorded } = this.#deps;
    const others = state.view?.members.filter((m) => !m.self) ?? [];
    const members = new Set(others.map((m) => m.peerId));
    const sharers = new Set(others.filter((m) => state.view && mayShare(state.view, m)).map((m) => m.peerId));
    return wantedOf({ offers: media.offers, members, sharers, sizes: this.#sizes, recorded: recorded() });
  }

  /** Streams, their mute states or the connection to the media server have changed. */
  mediaChanged(): void {
    const { state, media } = this.#deps;
    const { remotes, lost, sendBroken, receiveBroken } = media;
    const alive = new Set<string>(remotes.map((remote) => remote.consumerId));
    state.remotes = remotes;
    state.flows = new Map([...state.flows].filter(([id]) => alive.has(id)));
    state.mediaLost = lost;
    state.sendBroken = sendBroken;
    state.receiveBroken = receiveBroken;
    this.#want();
  }

  /** A recording has begun or is over. */
  recordingChanged(): void {
    this.#want();
  }

  /** Out of the group: what the next one has is asked for when its keys are there. */
  left(): void {
    this.#settled = false;
    this.#sizes = null;
    this.#asked = Promise.withResolvers();
  }

  #want(): void {
    const { state, media, changed } = this.#deps;
    if (!this.#settled || state.phase.name === 'ended') return;
    const wanted = this.wanted();
    media.want(wanted);
    changed(wanted);
    this.#asked.resolve();
  }
}
