// Which shortcut a key press means. One letter without modifiers, and never while somebody types.

export type Shortcut = 'microphone' | 'camera' | 'leave' | 'door' | 'chat' | 'close';

const KEYS: ReadonlyMap<string, Shortcut> = new Map([
  ['m', 'microphone'],
  ['v', 'camera'],
  ['l', 'leave'],
  ['d', 'door'],
  ['c', 'chat'],
  ['escape', 'close'],
]);

interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
}

/** `letters`: single letters are shortcuts at all; see letterKeys. */
export function shortcutOf(
  press: KeyPress,
  { typing, letters }: { typing: boolean; letters: boolean },
): Shortcut | null {
  if (!letters && press.key.length === 1) return null;
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.repeat || press.isComposing || press.defaultPrevented || typing) return null;
  return KEYS.get(press.key.toLowerCase()) ?? null;
}

/** Letters belong to the field that has the focus: a select jumps to an entry, an input takes text, a switch takes none. */
export function takesLetters(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest('input:not([type="checkbox"]), textarea, select, [role="textbox"]') !== null
  );
}
