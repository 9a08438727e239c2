// Bytes that encryption adds to a frame at worst: the highest slot, leaf and epoch, and a counter of three bytes.
import { PeerId, type Slot } from '#protocol';
import { findCodec } from '../../../e2ee-worker/codecs/index.ts';
import { KeyRing } from '../../../e2ee-worker/sframe/keyRing.ts';
import { sealer } from '../../../e2ee-worker/sframe/seal.ts';

const LAST_LEAF = 1023;
const TWO_BYTE_COUNTERS = 2 ** 16;
const FRAME_BYTES = 80;

export async function addedBytes(kind: 'audio' | 'video'): Promise<number> {
  const [slot, name]: [Slot, string] = kind === 'audio' ? ['screen-audio', 'opus'] : ['screen', 'VP8'];
  const codec = findCodec(kind, name);
  if (!codec) throw new Error(`${name} is not known`);
  const keys = new KeyRing({ now: () => 0, after: () => undefined });
  const peerId = PeerId.parse('last------------------');
  keys.install({
    epoch: 15,
    baseKey: new Uint8Array(16).fill(1),
    selfLeaf: LAST_LEAF,
    leaves: [{ leaf: LAST_LEAF, peerId }],
    sendNow: true,
  });
  const key = await keys.sealKey(slot);
  for (let i = 0; i < TWO_BYTE_COUNTERS; i++) key?.counter.take();
  const sealed = await sealer(keys, { slot, kind, codec })(new ArrayBuffer(FRAME_BYTES), 'key');
  if (!(sealed instanceof ArrayBuffer)) throw new Error(`a frame was not sealed: ${sealed}`);
  return sealed.byteLength - FRAME_BYTES;
}
