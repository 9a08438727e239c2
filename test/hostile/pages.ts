// What attackers of the group do to pages through the relay. Only here are the names and shapes of our protocol known.
import { type PeerId, type Push, type PushName, pushes } from '#protocol';
import type { Person } from '../harness/person.ts';
import { until } from '../harness/until.ts';
import type { Relay, Said } from './relay.ts';

/** A push as the protocol has it. */
export function pushed<N extends PushName>(name: N, said: Said): Push<N> {
  return pushes[name].data.parse(said.args[0]) as Push<N>;
}

/** Pushes of this name that came for this person, oldest first, delivered or not. */
export function pushesTo<N extends PushName>(relay: Relay, who: string, name: N): Push<N>[] {
  const all = relay.heard.filter((s) => s.kind === 'push' && s.name === name && s.line.who === who);
  return all.map((said) => pushed(name, said));
}

export async function peerIdOf(name: string, at: Person): Promise<PeerId> {
  const member = await until(() => at.member(name), { what: () => `${name} in the group at ${at.name}` });
  return member.peerId;
}

/** New keys, asked for by a person. A page asks at once the first time, and then every 10 s. */
export async function askForNewKeys(one: Person): Promise<void> {
  await one.openSecurity();
  await one.byId('refresh-keys').click();
}

/**
 * Newcomers make a commit of their own a few seconds after they came in: waits until the server has taken one of each, so
 * that the next commit is the one that the test is about.
 */
export async function haveSettledIn(relay: Relay, newcomers: readonly Person[]): Promise<void> {
  const won = (who: string) =>
    relay.heard.some(
      ({ kind, name, line, args }) =>
        kind === 'answer' && name === 'group:commit' && line.who === who && (args[0] as { ok: boolean }).ok,
    );
  await until(() => newcomers.every(({ name }) => won(name)), { what: () => 'a commit of each newcomer' });
}

/** How often this page's group worker has said so, in its whole life. */
export async function said(one: Person, type: string): Promise<number> {
  const all = await one.page.evaluate(() => window.watch.groupSaid);
  return all.filter((t) => t === type).length;
}

/** As Socket.IO sends bytes. */
export function buffered<T extends Record<string, unknown>>(data: T): T {
  const entries = Object.entries(data).map(([k, v]) => [k, v instanceof Uint8Array ? Buffer.from(v) : v]);
  return Object.fromEntries(entries) as T;
}
