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

/** Of the day, in milliseconds. It may step, and is cheaper: for what looks at it on every frame and survives a step. */
export const wallClock: () => number = Date.now;
