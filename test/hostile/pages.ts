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

/** How often this page's group worker has said so, in its whole life. */
export async function said(one: Person, type: string): Promise<number> {
  const all = await one.page.evaluate(() => window.watch.groupSaid);
  return all.filter((t) => t === type).length;
}
