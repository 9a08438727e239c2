// Waits for a condition instead of for a time; and watches that a condition holds for a time.

export type Patience = { timeoutMs?: number; everyMs?: number; what?: () => string };

type Found<T> = Exclude<T, false | null | undefined>;

function isFound<T>(answer: T): answer is Found<T> {
  return answer !== false && answer !== undefined && answer !== null;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until there is an answer that is not false, null or undefined; throws what it was waiting for. */
export async function until<T>(ask: () => T | Promise<T>, patience: Patience = {}): Promise<Found<T>> {
  const { timeoutMs = 20_000, everyMs = 50, what = () => String(ask) } = patience;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isFound(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what()}`);
    await pause(everyMs);
  }
}

/** For "never": asks again and again for as long as `ms`, and throws at the first answer that is not true. */
export async function holds(ask: () => boolean | Promise<boolean>, ms: number, what: string): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (!(await ask())) throw new Error(`did not hold for ${ms} ms: ${what}`);
    await pause(100);
  }
}
