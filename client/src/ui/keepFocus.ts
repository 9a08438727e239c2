// When what has the focus disappears, the focus goes to a place that does nothing: a key pressed in that moment must not
// fall on another card's button, nor be lost.

/** `fallback`: usually a heading. */
export const keepFocus = (fallback: () => HTMLElement | null) => (container: HTMLElement) => {
  let last: Node | null = null;
  const note = (event: FocusEvent) => {
    last = event.target instanceof Node ? event.target : null;
  };
  const look = () => {
    if (!last || last.isConnected) return;
    last = null;
    const { activeElement, body } = document;
    if (activeElement === null || activeElement === body) fallback()?.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(look);
  container.addEventListener('focusin', note);
  observer.observe(container, { childList: true, subtree: true });
  return () => {
    container.removeEventListener('focusin', note);
    observer.disconnect();
  };
};
