// What can wait until the browser has drawn what is there already.

/** More: it is missed. Less: it is drawn together with the first picture, which comes later by that. */
const LATER_MS = 120;

export function afterDrawing(work: () => void): () => void {
  const timer = setTimeout(work, LATER_MS);
  return () => clearTimeout(timer);
}
