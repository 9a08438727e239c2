// Gives back the earlier object where a new one says the same, so that only what changed is drawn again.
interface Keyed {
  readonly key: string;
}

export function keepSame<T extends Keyed>(before: readonly T[], now: readonly T[]): readonly T[] {
  const earlier = new Map(before.map((item) => [item.key, item]));
  return now.map((item) => {
    const old = earlier.get(item.key);
    return old && same(old, item) ? old : item;
  });
}

/** One level deep, and one more for small plain objects such as a lock. */
function same(a: object, b: object, depth = 1): boolean {
  const [left, right] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  return (
    left.length === right.size && left.every(([name, value]) => sameValue(value, right.get(name), depth))
  );
}

function sameValue(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  return depth > 0 && isPlain(a) && isPlain(b) && same(a, b, depth - 1);
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
