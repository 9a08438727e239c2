// Whether single letters are shortcuts on this device. Speech input and shaky hands press letters that nobody meant (WCAG 2.1.4).

const KEY = 'in-camera.letter-keys';

class LetterKeys {
  #on = $state(read());

  get on(): boolean {
    return this.#on;
  }

  set on(on: boolean) {
    this.#on = on;
    write(on);
  }
}

/** One for the page: the buttons that name their letter are everywhere. */
export const letterKeys = new LetterKeys();

function read(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true; // storage may be switched off; then the choice lasts as long as the page
  }
}

function write(on: boolean): void {
  try {
    localStorage.setItem(KEY, on ? 'on' : 'off');
  } catch {
    return; // as above
  }
}
