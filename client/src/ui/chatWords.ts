// What the chat says about itself.
import type { ChatLine, ChatModel } from '../call/model.ts';
import { timeLeft } from './timeLeft.ts';

const HINDRANCES = {
  host: 'A host has switched the chat off.',
  organisation: 'The rules of this server allow no chat.',
  offline: 'You are not connected. Messages can be written again when you are.',
} as const;

export const hindranceWords = (hindrance: NonNullable<ChatModel['hindrance']>): string =>
  HINDRANCES[hindrance];

export const lifeWords = (lifetimeS: number | null): string =>
  lifetimeS === null
    ? 'End-to-end encrypted. Gone when the meeting ends.'
    : `End-to-end encrypted. Gone ${timeLeft(lifetimeS * 1000)} after sending.`;

export const lostWords = (lost: number): string =>
  lost === 1
    ? '1 message was altered on its way, or did not come.'
    : `${lost} messages were altered on their way, or did not come.`;

const STATES: Record<ChatLine['state'], string> = {
  sending: 'Sending…',
  sent: '',
  failed: 'Not delivered.',
  'chat-off': 'Not delivered: the chat is off.',
};

export const stateWords = (state: ChatLine['state']): string => STATES[state];
