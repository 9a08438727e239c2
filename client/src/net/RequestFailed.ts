// What a request to signaling throws: the server's refusal, or why there was no answer.
import type { ErrorCode } from '#protocol';

/**
 * OFFLINE    the connection is (or went) down; nothing is known about what became of the request
 * TIMEOUT    no answer in time; the same
 * BAD_REPLY  the answer is not what the protocol says: a hostile or broken server
 */
export type FailureCode = ErrorCode | 'OFFLINE' | 'TIMEOUT' | 'BAD_REPLY';

export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly code: FailureCode;

  constructor(request: string, code: FailureCode, options?: ErrorOptions) {
    super(`${request}: ${code}`, options);
    this.code = code;
  }
}

/** The code of a failure, or undefined when it is none of a request. */
export const failureCode = (error: unknown): FailureCode | undefined =>
  error instanceof RequestFailed ? error.code : undefined;
