// Time as an argument, so that tests need not wait.

export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  after(ms: number, run: () => void): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    setTimeout(run, ms);
  },
};
