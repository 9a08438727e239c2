// A typed line to one worker: what comes is parsed, and a worker that breaks or talks nonsense is a fault.
import * as z from 'zod/mini';

interface Handlers<In> {
  message(message: In): void;
  /** Once. The worker is dead by then: a worker that threw may have lost state that keys depend on. */
  fault(reason: string): void;
}

export class WorkerLine<Out, In> {
  readonly #worker: Worker;
  readonly #handlers: Handlers<In>;
  #closed = false;

  constructor(worker: Worker, schema: z.ZodMiniType<In>, handlers: Handlers<In>) {
    this.#worker = worker;
    this.#handlers = handlers;
    worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const message = z.safeParse(schema, data);
      if (this.#closed) return;
      if (message.success) handlers.message(message.data);
      else this.#fail('a worker sent what the page does not understand');
    });
    worker.addEventListener('messageerror', () => this.#fail('a message of a worker could not be read'));
    worker.addEventListener('error', () => this.#fail('a worker crashed'));
  }

  post(message: Out, transfer: Transferable[] = []): void {
    if (!this.#closed) this.#worker.postMessage(message, transfer);
  }

  /** The worker is stopped with all it knows. Harmless when called again. */
  close(): void {
    this.#closed = true;
    this.#worker.terminate();
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#handlers.fault(reason);
  }
}
