// Runs in both contenders' pages: measures from the click to the first frame that a remote video element presents.

declare global {
  interface Window {
    /** Milliseconds from the last click to the first frame of the first element that matches. */
    firstRemotePicture(selector: string): Promise<number>;
  }
}

export function timeToFirstPicture(): void {
  let clickedAt = 0;
  const shown = new Map<HTMLVideoElement, number>();
  const noteClick = () => {
    clickedAt = performance.now();
  };
  window.addEventListener('click', noteClick, { capture: true });
  const watchNew = () => {
    for (const video of document.querySelectorAll('video')) {
      if (shown.has(video)) continue;
      shown.set(video, Number.POSITIVE_INFINITY);
      video.requestVideoFrameCallback((now) => shown.set(video, now));
    }
  };
  new MutationObserver(watchNew).observe(document, { subtree: true, childList: true });
  window.firstRemotePicture = (selector) =>
    new Promise((resolve) => {
      const look = () => {
        const times = [...document.querySelectorAll<HTMLVideoElement>(selector)].map(
          (v) => shown.get(v) ?? Infinity,
        );
        const first = Math.min(...times);
        if (Number.isFinite(first)) resolve(first - clickedAt);
        else setTimeout(look, 20);
      };
      look();
    });
}

/** Resolves when this element shows something: the preview is up before the click. */
export function firstPicture(video: Element): Promise<void> {
  return new Promise((resolve) => {
    if (video instanceof HTMLVideoElement) video.requestVideoFrameCallback(() => resolve());
  });
}
