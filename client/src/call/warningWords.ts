// What the group worker refused or found out, in sentences for the security panel.
import type { FromGroup } from '#e2ee/messages.ts';

type Refused = Extract<FromGroup, { type: 'refused' }>;

const WHAT: Record<Refused['what'], string> = {
  arrival: 'The server announced somebody who was not let in',
  commit: 'A change of the group was refused',
  welcome: 'An invitation into a group was refused',
  knock: 'Somebody whom the server announced at the door is not shown',
  word: 'The server passed on an order that is no host’s',
  lifetime: 'The server said when the room ends, and was not believed',
};

export const refusedWords = ({ what, reason }: Refused): string => `${WHAT[what]}: ${reason}`;

export const forkedWords = (names: readonly string[]): string =>
  `The server shows ${names.length === 0 ? 'somebody' : names.join(', ')} a different group than you. Compare the code.`;

export const withheldWords = (names: readonly string[]): string =>
  `The server keeps ${names.join(', ')} in the meeting, although you have removed them. You are not seen or heard by anybody until they are out.`;

/** For the panel; the notice over the tiles is gone after seconds. */
export const BEGAN_ANEW =
  'The meeting began anew: the server has not kept the one before. The code to compare is another one.';

export const beganAnewNotice = (host: boolean): string =>
  host
    ? 'The meeting began anew, by the same rules. People may have to knock again.'
    : 'The meeting began anew. Compare the code once more.';

export const LOST = 'Chat messages were altered on their way, or did not come.';

export const MISBEHAVED = 'The server sent something that is not part of the protocol; it was ignored.';
