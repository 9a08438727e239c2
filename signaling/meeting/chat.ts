// Relays what members write to each other: sealed, in the order in which it comes, kept nowhere but in the outboxes.
import type { Req } from '#protocol';
import { Refusal } from '../refusal.ts';
import type { Member } from './delivery.ts';

/**
 * Sealed for an epoch that is over, it would be read by who has been removed since, and not by who has been added: its sender
 * seals it anew. Also to members who are away, as far as their outboxes have room (outbox.ts).
 */
export function sendChat({ peer, meeting }: Member, { epoch, message }: Req<'chat:send'>): void {
  if (!meeting.rules.chat) throw new Refusal('CHAT_REFUSED');
  const current = meeting.group.epoch;
  if (epoch > current) throw new Refusal('BAD_REQUEST', 'an epoch that has not begun');
  if (epoch < current) throw new Refusal('EPOCH_TAKEN');
  if (!peer.allowance.chats.take()) throw new Refusal('RATE_LIMITED');
  const data = { message: Uint8Array.from(message) };
  for (const other of meeting.members()) if (other !== peer) other.pushIfRoom('chat:sent', data);
}
