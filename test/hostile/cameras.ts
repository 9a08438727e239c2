// Cameras of the hostile suite. These functions run in a page before the product, as text: they use nothing but what is in them.

declare global {
  interface Window {
    redTrack: () => MediaStreamTrack;
  }
}

function paintRed(): void {
  window.redTrack = () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    const context = canvas.getContext('2d');
    let n = 0;
    const draw = () => {
      if (!context) return;
      context.fillStyle = '#e00000';
      context.fillRect(0, 0, 320, 180);
      context.fillStyle = '#a00000';
      context.fillRect((n++ * 8) % 280, 0, 40, 40);
    };
    draw();
    setInterval(draw, 100);
    const [track] = canvas.captureStream(10).getVideoTracks();
    if (!track) throw new Error('a canvas without a track');
    return track;
  };
}

function filmRed(): void {
  if (!navigator.mediaDevices) return;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    if (!wish?.video) return real(wish);
    const sound = wish.audio ? await real({ audio: wish.audio }) : new MediaStream();
    return new MediaStream([window.redTrack(), ...sound.getTracks()]);
  };
}

function shareRed(): void {
  if (!navigator.mediaDevices) return;
  navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([window.redTrack()]);
}

/** Shows red, so that it cannot be taken for somebody else's, or for the same person's camera. */
export const redCamera = [paintRed, filmRed];
export const redScreen = [paintRed, shareRed];
