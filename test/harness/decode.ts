// Gives bytes to a real VP8 decoder and counts the pictures that come out.
import type { Page } from '@playwright/test';

/** Every frame is offered as if it were a key frame, so that none is refused for its label; a decoder that gave up is replaced. */
export async function decodedPictures(page: Page, frames: readonly Uint8Array[]): Promise<number> {
  const encoded = frames.map((f) => Buffer.from(f).toString('base64'));
  return page.evaluate(async (all) => {
    let pictures = 0;
    let failed = false;
    const fresh = () => {
      failed = false;
      const decoder = new VideoDecoder({
        output(picture) {
          pictures++;
          picture.close();
        },
        error() {
          failed = true;
        },
      });
      decoder.configure({ codec: 'vp8' });
      return decoder;
    };
    let decoder = fresh();
    for (const [timestamp, text] of all.entries()) {
      const data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      try {
        decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp, data }));
        await decoder.flush();
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        failed = true;
      }
      if (failed || decoder.state === 'closed') decoder = fresh();
    }
    return pictures;
  }, encoded);
}
