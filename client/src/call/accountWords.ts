// An account in one line, for a host's eyes. A hostile server may have put anything into it.
import type { KnockAccount } from '#protocol';

/** Control characters, and those that turn the direction of what follows: they would make one address look like another. */
const TRICKS = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

export function accountWords({ name, email }: KnockAccount): string {
  const clean = (text: string) => text.replace(TRICKS, '').trim();
  return clean(name) ? `${clean(name)} (${clean(email)})` : clean(email);
}
