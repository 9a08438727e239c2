// The sound of a recording: everything that is heard here and one's own microphone, as one track.

export interface Sound {
  readonly key: string;
  readonly track: MediaStreamTrack;
}

interface Input extends Sound {
  readonly node: MediaStreamAudioSourceNode;
}

export class SoundMix {
  readonly #context = new AudioContext();
  readonly #mixed = this.#context.createMediaStreamDestination();
  readonly #inputs = new Map<string, Input>();

  get tracks(): MediaStreamTrack[] {
    return this.#mixed.stream.getAudioTracks();
  }

  /** Not awaited: a browser that still wants a click answers when it comes. */
  start(): void {
    void this.#context.resume();
  }

  follow(sounds: readonly Sound[]): void {
    const now = new Map(sounds.map((sound) => [sound.key, sound]));
    for (const [key, { track, node }] of this.#inputs) {
      if (now.get(key)?.track === track) continue;
      node.disconnect();
      this.#inputs.delete(key);
    }
    for (const sound of sounds) if (!this.#inputs.has(sound.key)) this.#add(sound);
  }

  /** Once. */
  close(): void {
    this.follow([]);
    void this.#context.close();
  }

  #add({ key, track }: Sound): void {
    const node = this.#context.createMediaStreamSource(new MediaStream([track]));
    node.connect(this.#mixed);
    this.#inputs.set(key, { key, track, node });
  }
}
