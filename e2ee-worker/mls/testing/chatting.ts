// For tests only: what a page shows of the chat, and a member who writes what it likes.
import { createApplicationMessage, encodeMlsMessage } from 'ts-mls';
import { encodeSaid } from '../chatText.ts';
import { Insider } from './insider.ts';
import { settled } from './settled.ts';
import type { Page } from './world.ts';

/** Ada, Bo, and Eve, who has the group's keys and plays by none of its rules. */
export async function withEve() {
  const { world, ada, bo } = await settled(2);
  const eve = await Insider.join(world);
  await world.until(() => [ada, bo].every((p) => p.view?.members.length === 3));
  // Its first commit, so that it holds the secrets of an epoch as ts-mls has them.
  await ada.give({ type: 'refresh' });
  await world.pass(12_000);
  return { world, ada, bo, eve, honest: [ada, bo] };
}

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
