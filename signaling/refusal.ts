// A refusal is an answer that the protocol foresees. Everything else that is thrown is a fault of ours.
import type { ErrorCode } from '#protocol';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  /** `detail` goes to the client: nothing private. */
  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ? `${code}: ${detail}` : code, options);
    this.code = code;
    this.detail = detail;
  }
}
