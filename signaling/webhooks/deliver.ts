// One try to bring a message to a webhook, and how it went.
import type { Delivery } from '#protocol';
import type { Clock } from '../clock.ts';
import type { Route } from './connect.ts';
import { DeliveryFault } from './DeliveryFault.ts';
import { type Message, post, type Receiver } from './post.ts';

/** More: a slow receiver holds up what follows. Less: a busy one is not waited for. */
const ANSWER_WITHIN_MS = 10_000;

interface Way extends Pick<Route, 'network' | 'allowed'> {
  readonly clock: Pick<Clock, 'now'>;
  /** Gives it up. */
  readonly stop?: AbortSignal;
}

export async function deliver(
  to: Receiver,
  message: Message,
  { network, allowed, clock, stop }: Way,
): Promise<Omit<Delivery, 'attempt'>> {
  const at = clock.now();
  const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_WITHIN_MS), ...(stop ? [stop] : [])]);
  const outcome = await post(to, message, at, { network, allowed, signal }).then(
    (status) => ({ status, fault: null }),
    (error: unknown) => {
      if (!(error instanceof DeliveryFault)) throw error;
      return { status: error.status ?? null, fault: error.message };
    },
  );
  return { message: message.id, at, ms: Math.max(0, clock.now() - at), ...outcome };
}
