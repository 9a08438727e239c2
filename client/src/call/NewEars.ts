// Finds out when something that was said to everybody has to be said again: somebody is there who cannot have heard it.
import type { GroupMember } from '#e2ee/messages.ts';

type Ear = Pick<GroupMember, 'peerId' | 'leaf' | 'self' | 'presence' | 'confirmed'>;

export class NewEars {
  /** Of whom it was said to, by leaf: whether they had the group's keys by then. Without them nobody can check a word. */
  #told = new Map<string, boolean>();

  /** True: it is to be said now, and then counts as said to all of them. */
  areThere(members: readonly Ear[]): boolean {
    // Who is away hears nothing, and is told after coming back.
    const here = members.filter((m) => !m.self && m.presence === 'here');
    const before = this.#told;
    this.#told = new Map(here.map((m) => [idOf(m), before.get(idOf(m)) || m.confirmed === 'yes']));
    return [...this.#told].some(([id, ready]) => !before.has(id) || (ready && !before.get(id)));
  }

  /** It is something new. */
  forget(): void {
    this.#told.clear();
  }
}

const idOf = ({ peerId, leaf }: Ear): string => `${peerId} ${leaf}`;
