// The way out of one stay, to the page and to the media worker. Shut, nothing comes through: a commit that is half applied
// when the stay ends must install no key after the erase.
import type { Host } from './host.ts';

export interface Gate {
  readonly host: Host;
  /** For good. */
  shut(): void;
}

export function gateTo(host: Host): Gate {
  let open = true;
  return {
    host: {
      emit(message) {
        if (open) host.emit(message);
      },
      toMedia(message) {
        if (open) host.toMedia(message);
        else if (message.type === 'epoch') message.baseKey.fill(0);
      },
      now: () => host.now(),
      setTimer: (ms, fire) => host.setTimer(ms, fire),
      random: (bytes) => host.random(bytes),
      vault: host.vault,
    },
    shut() {
      open = false;
    },
  };
}
