// Says in one sentence why a command cannot go on and what to do about it. Shown without a stack trace.
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
