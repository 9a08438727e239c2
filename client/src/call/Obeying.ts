// Carries out what hosts ask of this page: to be silent at once, to be heard never without the person's own click.
import type { FromGroup, GroupView } from '#e2ee/messages.ts';
import { askedWords, MUTED_ON_ENTRY, shareStopped } from './doorWords.ts';
import type { CaptureModel, News, ScreenModel } from './model.ts';
import { mayShare } from './tiles.ts';

interface Deps {
  readonly capture: Pick<CaptureModel, 'microphoneOn' | 'setMicrophone' | 'setCamera'>;
  readonly screen: Pick<ScreenModel, 'sharing' | 'stop'>;
  tell(text: string, offer?: News['offer']): void;
}

export class Obeying {
  readonly #deps: Deps;
  #inside = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Signed by a host of the group; the group worker has checked that. */
  asked({ what, by }: Extract<FromGroup, { type: 'asked' }>): void {
    const { capture, screen, tell } = this.#deps;
    if (what === 'ask-unmute') {
      if (!capture.microphoneOn) tell(askedWords(what, by), 'unmute');
      return;
    }
    if (what === 'mute') void capture.setMicrophone(false);
    else {
      void capture.setCamera(false);
      screen.stop();
    }
    tell(askedWords(what, by));
  }

  viewed(view: GroupView): void {
    const self = view.members.find((member) => member.self);
    if (!self) return;
    if (!this.#inside) this.#comeIn(view.settings.muteOnEntry && self.role === 'guest');
    this.#inside = true;
    if (this.#deps.screen.sharing && !mayShare(view, self)) {
      this.#deps.screen.stop();
      this.#deps.tell(shareStopped(view.settings.share));
    }
  }

  /** Out of the group; the next view is another entry. */
  left(): void {
    this.#inside = false;
  }

  #comeIn(muted: boolean): void {
    const { capture, tell } = this.#deps;
    if (!muted || !capture.microphoneOn) return;
    void capture.setMicrophone(false);
    tell(MUTED_ON_ENTRY);
  }
}
