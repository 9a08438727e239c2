// Who records this meeting: others by their signed words, and this page itself, which tells everybody before it begins.
import type { FromGroup, GroupView, ToGroup } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import type { ReadyRecorder, RunningRecorder, Sources } from '../media/recording/Recorder.ts';
import type { Recorded } from '../media/recording/SealedPieces.ts';
import type { RecordingModel } from './model.ts';
import { NewEars } from './NewEars.ts';
import type { RoomState } from './RoomState.svelte.ts';
import {
  BROKE_OFF,
  FORBIDDEN,
  LOST,
  NO_HOST_ANY_MORE,
  NO_LINE,
  NO_PLACE,
  NOT_WHOLE,
} from './recordingWords.ts';

interface Deps {
  readonly state: Pick<RoomState, 'view' | 'connection'>;
  readonly possible: boolean;
  readonly sources: Sources;
  /** Rejects where a recording cannot be kept from others. */
  open(given: { sources: Sources; broken(): void }): Promise<ReadyRecorder>;
  handOver(file: Blob, began: Date): void;
  post(message: ToGroup): void;
  tell(text: string): void;
  /** What is recorded is to be received, or no more. */
  changed(): void;
}

type Stage = RecordingModel['stage'];
type OwnWord = 'recording' | 'recording-over';

export class Recording implements RecordingModel {
  stage: Stage = $state('off');
  since = $state(0);
  readonly possible: boolean;
  readonly #deps: Deps;
  readonly #ears = new NewEars();
  /** The last that was said in this meeting; null: nothing was. */
  #word: OwnWord | null = null;
  #recorders: ReadonlyMap<PeerId, string> = $state.raw(new Map());
  #running: RunningRecorder | undefined;
  /** False: nobody wants any more what is just being begun. */
  #wanted = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.possible = deps.possible;
  }

  get others(): readonly string[] {
    return [...this.#recorders.values()];
  }

  /** Signed by a host of the group; the group worker has checked that. */
  heard({ peerId, by, on }: Extract<FromGroup, { type: 'recording' }>): void {
    const others = [...this.#recorders].filter(([id]) => id !== peerId);
    this.#recorders = new Map(on ? [...others, [peerId, by]] : others);
  }

  viewed(view: GroupView): void {
    const hosts = new Set(view.members.filter((m) => m.role === 'host').map((m) => m.peerId));
    if ([...this.#recorders.keys()].some((id) => !hosts.has(id)))
      this.#recorders = new Map([...this.#recorders].filter(([id]) => hosts.has(id)));
    const why = hindranceOf(view);
    if (why !== null) void this.#finish({ why, last: isHost(view) });
    // That it is over, too: somebody who was away then would be shown it for ever.
    if (this.#word !== null && isHost(view) && this.#ears.areThere(view.members)) this.#say(this.#word);
  }

  async start(): Promise<void> {
    const { state, tell } = this.#deps;
    if (this.stage !== 'off' || !this.possible || !state.view || hindranceOf(state.view) !== null) return;
    if (state.connection !== 'connected') return tell(NO_LINE);
    this.stage = 'starting';
    this.#wanted = true;
    const recorder = await this.#open();
    if (recorder && this.#wanted) this.#begin(recorder, state.view.members);
    else {
      this.stage = 'off';
      await recorder?.finish();
    }
  }

  stop(): Promise<void> {
    return this.#finish({ last: true });
  }

  /** The connection is back: what was said while there was none has reached nobody. */
  resumed(): void {
    const { view } = this.#deps.state;
    if (this.#word !== null && view && isHost(view)) this.#say(this.#word);
  }

  /** Out of the group, or out of the meeting for good. What was recorded is the host's. */
  left(): void {
    this.#recorders = new Map();
    void this.#finish({ last: false });
    this.#word = null;
  }

  async #open(): Promise<ReadyRecorder | undefined> {
    const { open, sources, tell } = this.#deps;
    try {
      return await open({ sources, broken: () => void this.#finish({ why: BROKE_OFF, last: true }) });
    } catch {
      // Fail closed: what could be read by others on this device is not made.
      tell(NO_PLACE);
      return undefined;
    }
  }

  #begin(recorder: ReadyRecorder, members: GroupView['members']): void {
    this.#ears.forget();
    this.#ears.areThere(members);
    // Before the first picture is taken.
    this.#word = 'recording';
    this.#say(this.#word);
    recorder.start();
    this.#running = recorder;
    this.since = Date.now();
    this.stage = 'on';
    this.#deps.changed();
  }

  /** `last`: the others are to be told. Of somebody who is no host or is gone, they know. */
  async #finish({ why, last }: { why?: string; last: boolean }): Promise<void> {
    this.#wanted = false;
    const recorder = this.#running;
    this.#running = undefined;
    if (!recorder) return;
    this.stage = 'saving';
    this.#word = 'recording-over';
    if (last) this.#say(this.#word);
    this.#deps.changed();
    try {
      this.#take(await recorder.finish(), why);
    } finally {
      this.stage = 'off';
    }
  }

  #take({ file, whole }: Recorded, why: string | undefined): void {
    const { handOver, tell } = this.#deps;
    if (file.size > 0) handOver(file, new Date(this.since));
    const words = whole ? why : file.size > 0 ? NOT_WHOLE : LOST;
    if (words !== undefined) tell(words);
  }

  #say(what: OwnWord): void {
    this.#deps.post({ type: 'say', what });
  }
}

const isHost = (view: GroupView): boolean => view.members.some((m) => m.self && m.role === 'host');

/** Null: this page may record. */
function hindranceOf(view: GroupView): string | null {
  if (!isHost(view)) return NO_HOST_ANY_MORE;
  return view.settings.recording ? null : FORBIDDEN;
}
