// Puts a MediaStream into a media element; there is no attribute for it.

/** `muted` as attribute counts only while HTML is parsed; Svelte builds the element by hand, so it is set here. */
export const videoSource = (stream: MediaStream | null) => (element: HTMLVideoElement) => {
  element.muted = true;
  element.srcObject = stream;
  return () => {
    element.srcObject = null;
  };
};
