// What is known of a room, as runes, and what the screens see of it. Set by Room; decides nothing.
import type { GroupView } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import type { Capture } from '../media/capture.svelte.ts';
import type { Remote } from '../media/Receiver.ts';
import type { Flow } from './flows.ts';
import { keepSame } from './keepSame.ts';
import type { ConnectionState, FrameCounts, Phase, RosterEntry, SecurityModel, Tile } from './model.ts';
import { type CallFacts, rosterOf, soundsOf, tilesOf } from './tiles.ts';

const MAX_WARNINGS = 20;

export class RoomState {
  phase: Phase = $state.raw({ name: 'connecting' });
  connection: ConnectionState = $state('connecting');
  mediaLost = $state(false);
  welcome = $state(true);
  opensAt: number | null = $state(null);
  clockProblem: string | null = $state(null);
  closesAt: number | null = $state(null);
  view: GroupView | null = $state.raw(null);
  remotes: readonly Remote[] = $state.raw([]);
  flows: ReadonlyMap<string, Flow> = $state.raw(new Map());
  stalled: ReadonlySet<string> = $state.raw(new Set<string>());
  forked: ReadonlySet<PeerId> = $state.raw(new Set<PeerId>());
  speaking: ReadonlySet<PeerId> = $state.raw(new Set<PeerId>());
  frames: FrameCounts = $state.raw({ encrypted: 0, decrypted: 0, dropped: {} });
  sendBroken = $state(false);
  receiveBroken = $state(false);
  warnings: readonly string[] = $state.raw([]);

  readonly #capture: Capture;
  readonly #sealed = $derived(this.frames.encrypted > 0);
  readonly #facts = $derived.by(() => this.#gather());
  /** Unchanged tiles stay the same objects, so that a word spoken in one does not redraw twenty-four. */
  #lastTiles: readonly Tile[] = [];
  readonly tiles = $derived.by(() => {
    this.#lastTiles = keepSame(this.#lastTiles, this.#facts ? tilesOf(this.#facts) : []);
    return this.#lastTiles;
  });
  readonly roster: readonly RosterEntry[] = $derived(this.#facts ? rosterOf(this.#facts) : []);
  readonly sounds = $derived(this.#facts ? soundsOf(this.#facts) : []);
  readonly security: SecurityModel = $derived({
    epoch: this.view?.epoch ?? 0,
    suite: this.view?.suite ?? '',
    safetyCode: this.view?.safetyCode ?? null,
    checkedAt: this.view?.checkedAt ?? null,
    changesSinceChecked: this.view?.changesSinceChecked ?? null,
    changes: this.view?.changes ?? [],
    frames: this.frames,
    expiresAt: this.view?.expiresAt ?? 0,
    latestEnd: this.view?.latestEnd ?? 0,
    closesAt: this.closesAt,
    withheldFor: this.view?.withheldFor ?? [],
    warnings: this.clockProblem ? [this.clockProblem, ...this.warnings] : this.warnings,
  });

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  /** The same sentence again moves up instead of filling the list. */
  warn(text: string): void {
    this.warnings = [text, ...this.warnings.filter((other) => other !== text)].slice(0, MAX_WARNINGS);
  }

  /** Out of the group: nothing that it said holds any more. What was counted and warned of, was. */
  left(): void {
    this.view = null;
    this.closesAt = null;
    this.flows = new Map();
    this.stalled = new Set();
    this.forked = new Set();
    this.speaking = new Set();
  }

  #gather(): CallFacts | null {
    const { view } = this;
    if (!view) return null;
    const { remotes, flows, stalled, forked, speaking, sendBroken, receiveBroken } = this;
    const { stream, cameraOn, microphoneOn } = this.#capture;
    const own = { stream, cameraOn, microphoneOn, sealed: this.#sealed };
    return { view, remotes, flows, stalled, forked, speaking, own, sendBroken, receiveBroken };
  }
}
