// Puts the media worker between the encoder and the network. Nothing here can be skipped: without it no packet leaves.
import type { TransformOptions } from '#e2ee/messages.ts';

/** Makes a transform that the media worker runs. */
export type MakeTransform = (options: TransformOptions) => RTCRtpScriptTransform;

/** False: this browser cannot encrypt frames, so it must not join (there is no unencrypted mode). */
export const canTransform = (): boolean =>
  typeof RTCRtpScriptTransform === 'function' && 'transform' in RTCRtpSender.prototype;

/**
 * For every transport. In Chromium it holds all packets back until a transform is attached, and a transform that comes
 * after negotiation would be ignored in silence (facts: frames in clear). Firefox ignores the field.
 */
export const heldBack: RTCConfiguration & { encodedInsertableStreams: boolean } = {
  encodedInsertableStreams: true,
};

type Transformable = Pick<RTCRtpSender, 'transform'> | Pick<RTCRtpReceiver, 'transform'>;

/** To be called in mediasoup-client's hooks, before the offer or answer is made. Throws when the browser only pretends. */
export function attach(to: Transformable, transform: RTCRtpScriptTransform): void {
  to.transform = transform;
  if (to.transform !== transform) throw new Error('this browser did not take the transform');
}

/** Before closing: closing alone leaves the worker's read pending for ever (facts, Costs). */
export function detach(from: Transformable | undefined): void {
  if (from) from.transform = null;
}
