// A new screen takes the focus to its heading: otherwise the keyboard stays where the old screen was, that is nowhere.

export function focusHeading(heading: HTMLElement): void {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/**
 * With the first frame of a large screen: focusing makes the browser lay out at once what it would lay out again for that
 * frame. Not if the person was faster, and has the focus somewhere.
 */
export function focusWithFrame(heading: HTMLElement): () => void {
  const frame = requestAnimationFrame(() => {
    const { activeElement } = document;
    if (!activeElement || activeElement === document.body) focusHeading(heading);
  });
  return () => cancelAnimationFrame(frame);
}
