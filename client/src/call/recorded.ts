// What of a call is recorded: the tiles that are live, one's own screen, everything that is heard, and one's own microphone.

import type { Sources } from '../media/recording/Recorder.ts';
import type { Picture } from '../media/recording/Stage.ts';
import type { Wish } from '../media/Sender.ts';
import type { RoomState } from './RoomState.svelte.ts';

interface Given {
  readonly state: Pick<RoomState, 'tiles' | 'sounds'>;
  readonly capture: { readonly wishes: { readonly mic: Wish } };
  readonly screen: { readonly wishes: { readonly screen: Wish; readonly sound: Wish } };
}

export function recordedOf({ state, capture, screen }: Given): Sources {
  const ownScreen = new OwnStream();
  return {
    pictures() {
      const tiles = state.tiles.map(({ key, name, slot, state: shown, stream }) => ({
        ...{ key, name, screen: slot === 'screen', stream: shown === 'live' ? stream : null },
      }));
      const stream = ownScreen.of(screen.wishes.screen);
      const own = state.tiles.find((tile) => tile.self);
      return stream && own ? [...tiles, screenOf(own.name, stream)] : tiles;
    },
    sounds() {
      const others = state.sounds.flatMap(({ key, stream }) =>
        stream.getAudioTracks().map((track) => ({ key, track })),
      );
      const own = [capture.wishes.mic, screen.wishes.sound].flatMap(({ track, muted }) =>
        track && !muted ? [{ key: track.id, track }] : [],
      );
      return [...others, ...own];
    },
  };
}

const screenOf = (name: string, stream: MediaStream): Picture => ({
  ...{ key: 'own screen', name, screen: true, stream },
});

/** One stream for as long as the track is the same: pictures are told apart by it. */
class OwnStream {
  #stream: MediaStream | null = null;

  of({ track, muted }: Wish): MediaStream | null {
    if (!track || muted) this.#stream = null;
    else if (this.#stream?.getVideoTracks()[0] !== track) this.#stream = new MediaStream([track]);
    return this.#stream;
  }
}
