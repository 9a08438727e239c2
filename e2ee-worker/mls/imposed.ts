// What the installation imposes on a meeting, above what its hosts have chosen: the stricter of both holds. Pure.
import type { Settings } from '#e2ee/messages.ts';
import { type Imposed, SHARING, type Sharing } from '#protocol';
import type { PolicyBody } from './policy.ts';

export const NOTHING: Imposed = { lobby: false, share: 'everyone', chat: true, chatLifetimeS: null };

const stricterShare = (a: Sharing, b: Sharing): Sharing => (SHARING.indexOf(a) > SHARING.indexOf(b) ? a : b);

const shorter = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

export const stricter = (a: Imposed, b: Imposed): Imposed => ({
  lobby: a.lobby || b.lobby,
  share: stricterShare(a.share, b.share),
  chat: a.chat && b.chat,
  chatLifetimeS: shorter(a.chatLifetimeS, b.chatLifetimeS),
});

/** Does `a` impose all that `b` does? */
export function coversAll(a: Imposed, b: Imposed): boolean {
  const both = stricter(a, b);
  return (
    both.lobby === a.lobby &&
    both.share === a.share &&
    both.chat === a.chat &&
    both.chatLifetimeS === a.chatLifetimeS
  );
}

/** What hosts have chosen is kept beside it: it holds again in the first meeting that begins without. */
export const heldTo = (settings: Settings, imposed: Imposed): Settings => ({
  ...settings,
  ...stricter(settings, imposed),
});

/** The rules that every member of the group goes by. */
export const settingsOf = (p: Pick<PolicyBody, 'settings' | 'imposed'>): Settings =>
  heldTo(p.settings, p.imposed);
