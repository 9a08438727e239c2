// The size of the pictures that a page's fake camera makes: several pages share the encoders of one machine.

export type Camera = { width: number; height: number; frameRate: number };

/** What two processor cores can encode for three pages at once; still two simulcast layers. */
export const MODEST: Camera = { width: 640, height: 360, frameRate: 15 };

/** One layer, for tests that are about anything but the picture. */
export const SMALL: Camera = { width: 320, height: 180, frameRate: 10 };

/** Runs in a page before the product does, as text: it uses nothing but its argument. */
export function haveCamera(camera: Camera): void {
  // Not in insecure contexts, the empty page for one.
  if (!navigator.mediaDevices) return;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => {
    if (!wish?.video) return real(wish);
    const wanted = typeof wish.video === 'object' ? wish.video : {};
    return real({ ...wish, video: { ...wanted, ...camera } });
  };
}
