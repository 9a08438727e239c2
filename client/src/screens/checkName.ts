// A display name as somebody typed it: may it go into the group?
import { MAX_NAME_BYTES } from '#e2ee/messages.ts';

export type NameCheck = { ok: true; name: string } | { ok: false; problem: 'empty' | 'too-long' };

/** The worker cleans names again; here it is only about telling people in time. */
export function checkName(typed: string): NameCheck {
  const name = typed.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  if (name === '') return { ok: false, problem: 'empty' };
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES) return { ok: false, problem: 'too-long' };
  return { ok: true, name };
}
