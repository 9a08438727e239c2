// A new screen takes the focus to its heading: otherwise the keyboard stays where the old screen was, that is nowhere.

export function focusHeading(heading: HTMLElement): void {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
