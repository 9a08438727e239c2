// A chat that only pretends: lines of a scene, to which one's own are added.

import { PeerId } from '#protocol';
import type { ChatLine, ChatModel } from '../../client/src/call/model.ts';
import type { CallScene } from './scenes.ts';

const PEER = PeerId.parse('peerchat'.padEnd(22, 'x'));
const START = Date.UTC(2026, 10, 27, 9, 30);

export class FakeChat implements ChatModel {
  lines: readonly ChatLine[] = $state.raw([]);
  lost = $state(0);
  missed = $state(false);
  unread = $state(0);
  hindrance: ChatModel['hindrance'] = $state(null);
  lifetimeS: number | null = $state(null);
  draft = $state('');

  /** `peerOf`: of a member of the scene, by name. */
  constructor({ chat = {} }: Partial<CallScene>, peerOf: (name: string) => PeerId | undefined) {
    const { said = [], lost = 0, missed = false, hindrance = null, lifetimeS = null } = chat;
    this.lines = said.map(({ name, text, state = 'sent' }, i) => ({
      id: i + 1,
      peerId: peerOf(name) ?? PEER,
      name,
      self: i % 3 === 1,
      text,
      at: START + i * 47_000,
      state: i % 3 === 1 ? state : 'sent',
    }));
    this.unread = this.lines.filter((line) => !line.self).length;
    Object.assign(this, { lost, missed, hindrance, lifetimeS });
  }

  send(text: string): void {
    const id = this.lines.length + 1;
    this.lines = [
      ...this.lines,
      { id, peerId: PEER, name: 'Ada', self: true, text, at: START, state: 'sent' },
    ];
  }
  again(id: number): void {
    this.lines = this.lines.map((line) => (line.id === id ? { ...line, state: 'sent' } : line));
  }
  watch(open: boolean): void {
    if (open) this.unread = 0;
  }
}
