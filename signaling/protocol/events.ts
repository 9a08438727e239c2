// Socket.IO event maps of both sides, derived from the tables so that they cannot disagree.
import type { Reply } from './errors.ts';
import type { Push, PushName } from './pushes.ts';
import type { Req, RequestName, Res } from './requests.ts';

export type ClientToServerEvents = {
  [N in RequestName]: (req: Req<N>, ack: (reply: Reply<Res<N>>) => void) => void;
};
export type ServerToClientEvents = { [N in PushName]: (data: Push<N>) => void };
