// What the media worker is measured against: nothing, a transform that does nothing, and the cipher as others ship it.

interface ScriptTransformer {
  options: {
    variant: 'pipe' | 'passthrough' | 'naive';
    direction: 'encrypt' | 'decrypt';
    kind: 'audio' | 'video';
  };
  readable: ReadableStream<EncodedFrame>;
  writable: WritableStream<EncodedFrame>;
}
type EncodedFrame = RTCEncodedVideoFrame | RTCEncodedAudioFrame;
type Transform = (frame: EncodedFrame, controller: TransformStreamDefaultController) => Promise<void> | void;

Reflect.set(globalThis, 'onrtctransform', ({ transformer }: { transformer: ScriptTransformer }) => {
  const { options, readable, writable } = transformer;
  const transform = transformOf(options);
  if (transform === undefined) void readable.pipeTo(writable);
  else void readable.pipeThrough(new TransformStream<EncodedFrame>({ transform })).pipeTo(writable);
});

function transformOf({ variant, direction, kind }: ScriptTransformer['options']): Transform | undefined {
  if (variant === 'passthrough') return (frame, controller) => controller.enqueue(frame);
  if (variant !== 'naive') return undefined;
  return direction === 'encrypt' ? encryptWith(kind) : decryptWith(kind);
}

// The frame layout that is common among products with one shared key: the codec's header stays readable and is
// authenticated, then ciphertext and tag, then the nonce, its length and the key index.

const key = crypto.subtle.importKey('raw', new Uint8Array(16).fill(1), 'AES-GCM', false, [
  'encrypt',
  'decrypt',
]);
const IV_BYTES = 12;
const TRAILER_BYTES = 2;

function clearBytes(kind: 'audio' | 'video', frame: EncodedFrame): number {
  if (kind === 'audio') return 1;
  return 'type' in frame && frame.type === 'key' ? 10 : 3;
}

function encryptWith(kind: 'audio' | 'video'): Transform {
  let count = 0;
  return async (frame, controller) => {
    const clear = clearBytes(kind, frame);
    if (frame.data.byteLength <= clear) return controller.enqueue(frame);
    const header = new Uint8Array(frame.data, 0, clear);
    const iv = new ArrayBuffer(IV_BYTES);
    const view = new DataView(iv);
    view.setUint32(0, frame.getMetadata().synchronizationSource ?? 0);
    view.setUint32(4, frame.timestamp);
    view.setUint32(8, count++);
    const how = { name: 'AES-GCM', iv, additionalData: header };
    const sealed = await crypto.subtle.encrypt(how, await key, new Uint8Array(frame.data, clear));
    const out = new Uint8Array(clear + sealed.byteLength + IV_BYTES + TRAILER_BYTES);
    out.set(header);
    out.set(new Uint8Array(sealed), clear);
    out.set(new Uint8Array(iv), clear + sealed.byteLength);
    out.set([IV_BYTES, 0], out.length - TRAILER_BYTES);
    frame.data = out.buffer;
    controller.enqueue(frame);
  };
}

function decryptWith(kind: 'audio' | 'video'): Transform {
  return async (frame, controller) => {
    const clear = clearBytes(kind, frame);
    const length = frame.data.byteLength;
    if (length <= clear + IV_BYTES + TRAILER_BYTES) return controller.enqueue(frame);
    const header = new Uint8Array(frame.data, 0, clear);
    const [ivBytes = 0] = new Uint8Array(frame.data, length - TRAILER_BYTES, 1);
    const iv = new Uint8Array(frame.data, length - TRAILER_BYTES - ivBytes, ivBytes);
    const body = new Uint8Array(frame.data, clear, length - clear - ivBytes - TRAILER_BYTES);
    const how = { name: 'AES-GCM', iv, additionalData: header };
    try {
      const opened = await crypto.subtle.decrypt(how, await key, body);
      const out = new Uint8Array(clear + opened.byteLength);
      out.set(header);
      out.set(new Uint8Array(opened), clear);
      frame.data = out.buffer;
      controller.enqueue(frame);
    } catch {
      // A frame of another key: dropped.
    }
  };
}
