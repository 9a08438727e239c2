// A stretch of time where there is little room for it: its two largest units at most.

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

export function shortTime(ms: number): string {
  const at = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[at] ?? ['s', 1_000];
  const count = Math.floor(ms / size);
  const [smaller, smallerSize] = UNITS[at + 1] ?? ['', size];
  const rest = Math.floor((ms % size) / smallerSize);
  return unit === 'min' || unit === 's' || rest === 0
    ? `${count} ${unit}`
    : `${count} ${unit} ${rest} ${smaller}`;
}
