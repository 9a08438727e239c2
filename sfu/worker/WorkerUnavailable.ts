// Says in one sentence why there is no worker and what to do about it. Shown without a stack trace.
export class WorkerUnavailable extends Error {
  override readonly name = 'WorkerUnavailable';
}
