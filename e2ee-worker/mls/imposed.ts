// What the installation imposes on a meeting, above what its hosts have chosen: the stricter of both holds. Pure.
import type { Settings } from '#e2ee/messages.ts';
import { type Imposed, SHARING, SUITES, type Suite } from '#protocol';
import type { PolicyBody } from './policy.ts';

export const NOTHING: Imposed = {
  lobby: false,
  share: 'everyone',
  chat: true,
  chatLifetimeS: null,
  recording: true,
  verifiedOnly: false,
  suite: 'x25519',
};

const later = <T>(order: readonly T[], a: T, b: T): T => (order.indexOf(a) > order.indexOf(b) ? a : b);

const shorter = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

export const stronger = (a: Suite, b: Suite): Suite => later(SUITES, a, b);

export const stricter = (a: Imposed, b: Imposed): Imposed => ({
  lobby: a.lobby || b.lobby,
  share: later(SHARING, a.share, b.share),
  chat: a.chat && b.chat,
  chatLifetimeS: shorter(a.chatLifetimeS, b.chatLifetimeS),
  recording: a.recording && b.recording,
  verifiedOnly: a.verifiedOnly || b.verifiedOnly,
  suite: stronger(a.suite, b.suite),
});

const FIELDS = Object.keys(NOTHING) as (keyof Imposed)[];

/** Does `a` impose all that `b` does? */
export function coversAll(a: Imposed, b: Imposed): boolean {
  const both = stricter(a, b);
  return FIELDS.every((field) => both[field] === a[field]);
}

/** What hosts have chosen is kept beside it: it holds again in the first meeting that begins without. */
export function heldTo(settings: Settings, imposed: Imposed): Settings {
  const held = stricter(settings, imposed);
  // Who has not been looked at waits for somebody who looks.
  return { ...settings, ...held, lobby: held.lobby || held.verifiedOnly };
}

/** The rules that every member of the group goes by. */
export const settingsOf = (p: Pick<PolicyBody, 'settings' | 'imposed'>): Settings =>
  heldTo(p.settings, p.imposed);
