// A command that cannot be done: the contracted code it is answered with, instead of a fault of ours.
import type { ErrorCode } from '#protocol';

export class Refusal extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** The meeting is not held here (any more): a worker died or signaling closed it. Signaling opens it anew. */
export const notHeld = () => new Refusal('MEDIA_UNAVAILABLE', 'this sfu does not hold the meeting');

export const notFound = (what: string) => new Refusal('NOT_FOUND', `no such ${what}`);

/** `detail` goes back to the page that sent the parameters: it may quote them, never those of others. */
export const refused = (detail: string, options?: ErrorOptions) =>
  new Refusal('MEDIA_REFUSED', detail, options);
