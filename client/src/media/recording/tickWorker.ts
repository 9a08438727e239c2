// A clock for the page that records. A page in the background has timers that go once a second; those of a worker go on.
import { FRAME_RATE } from './pictureFormat.ts';

setInterval(() => self.postMessage({ type: 'tick' }), 1_000 / FRAME_RATE);
