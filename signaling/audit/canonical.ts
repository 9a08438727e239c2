// JSON in one form only, so that equal content has equal hashes: keys in the order of their code units, no white space, as
// RFC 8785. Of numbers only whole ones, whose form nobody disagrees about.

/** Throws a TypeError for what has no such form. */
export function canonical(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no canonical form`);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${text(key)}:${canonical(member)}`).join(',')}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('half a character has no canonical form');
  return JSON.stringify(value);
}

function number(value: number): string {
  if (!Number.isSafeInteger(value) || Object.is(value, -0))
    throw new TypeError(`${value} has no canonical form`);
  return String(value);
}
