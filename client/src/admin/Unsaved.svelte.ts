// What was typed and is not saved: whichever way somebody leaves it, that is asked about first.

export class Unsaved {
  /** Something was typed. */
  changed = $state(false);
  /** Does what somebody wanted to, once they have said that they mean it. */
  leaving: (() => void) | null = $state.raw(null);

  /** At once, or after the question. */
  to(leave: () => void): void {
    if (this.changed) this.leaving = leave;
    else leave();
  }

  /** They mean it. */
  giveUp(): void {
    const { leaving } = this;
    this.changed = false;
    this.leaving = null;
    leaving?.();
  }

  /** To back and forward, and to what ends the page, where the browser asks; answers the function that stops it. */
  listen(): () => void {
    const unload = (event: BeforeUnloadEvent) => {
      if (this.changed) event.preventDefault();
    };
    const traverse = (event: NavigateEvent) => {
      const { destination } = event;
      if (!this.changed || event.navigationType !== 'traverse' || !destination.sameDocument) return;
      if (!event.cancelable) return;
      event.preventDefault();
      this.leaving = () => {
        navigation.traverseTo(destination.key);
      };
    };
    // Browsers without it go back without asking.
    const hears = 'navigation' in window;
    addEventListener('beforeunload', unload);
    if (hears) navigation.addEventListener('navigate', traverse);
    return () => {
      removeEventListener('beforeunload', unload);
      if (hears) navigation.removeEventListener('navigate', traverse);
    };
  }
}
