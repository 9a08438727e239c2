// For tests only: what a page shows of the chat, and a member who writes what it likes.
import { createApplicationMessage, encodeMlsMessage } from 'ts-mls';
import { encodeSaid } from '../chatText.ts';
import type { Insider } from './insider.ts';
import type { Page } from './world.ts';

/** What is on the screen now: who says what. */
export function shown(page: Page): string[] {
  const gone = Math.max(0, ...page.all('chat-gone').map((m) => m.upTo));
  return page
    .all('chat')
    .filter(({ message }) => message.id > gone)
    .map(({ message: { name, text } }) => `${name}: ${text}`);
}

export const write = (page: Page, text: string) => page.give({ type: 'chat-send', text });

/** Messages that the page has said are lost. */
export const lost = (page: Page): number => page.all('chat-lost').at(-1)?.count ?? 0;

/** What has become of each own message. */
export const ownStates = (page: Page): string[] => [
  ...new Map(page.all('chat-own').map(({ id, state }) => [id, state])).values(),
];

const wrote = new WeakMap<Insider, number>();

/** Sealed by the rules of MLS, whatever the rules of the meeting. */
export async function sealedBy(eve: Insider, payload: Uint8Array): Promise<Uint8Array> {
  const { privateMessage, newState } = await createApplicationMessage(eve.raw, payload, eve.id.suite);
  eve.state = newState;
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
}

/** With the number that an honest one would give it. */
export function wordsOf(eve: Insider, text: string): Uint8Array {
  const seq = (wrote.get(eve) ?? 0) + 1;
  wrote.set(eve, seq);
  return encodeSaid({ seq, text });
}
