// Says in a few words why a webhook was not delivered: for the delivery log, which an administrator reads.
export class DeliveryFault extends Error {
  override readonly name = 'DeliveryFault';
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.status = options.status;
  }
}
