// The product's sfu process with its routing in the hands of a test: what comes out of a consumer need not be what its
// producer sent. Done from outside, through mediasoup's own objects; the product has no hook.
import * as mediasoup from 'mediasoup';
import type { Router, Transport } from 'mediasoup/types';
import type { BendCommand, BendReport, BendRequest } from './bendMessages.ts';
import { Switchboard } from './switchboard.ts';

const board = new Switchboard();
let splicing = false;

mediasoup.observer.on('newworker', (worker) => {
  worker.observer.on('newrouter', (router) => {
    router.observer.on('newtransport', (transport) => watch(router, transport));
  });
});

function watch(router: Router, transport: Transport): void {
  if (transport.type === 'direct') return;
  transport.observer.on('newproducer', (producer) => board.producing(router, producer));
  const consume = transport.consume.bind(transport);
  const spliced: typeof transport.consume = async (options) => {
    if (!splicing) return consume(options);
    const feed = await board.splice(options.producerId);
    const consumer = await consume({ ...options, producerId: feed.producerId });
    board.connected(feed, consumer);
    return consumer;
  };
  Object.defineProperty(transport, 'consume', { value: spliced });
}

async function obey(command: BendCommand): Promise<number> {
  switch (command.bend) {
    case 'splice':
      splicing = command.on;
      return 0;
    case 'feeds':
      return 0;
    case 'route':
      return board.route(command.consumerId, command.sources);
    case 'deafen':
      return board.deafen(command.producerId, command.on);
    case 'keep':
      return board.keep(command.producerId);
    case 'kept':
      return board.kept(command.producerId);
    case 'enough':
      return board.enough(command.producerId);
    case 'again':
      return board.again(command.consumerId, command.producerId);
    case 'inject':
      return board.inject(command.consumerId, command.frames);
    case 'flood':
      return board.flood(command);
  }
}

function report(message: BendReport): void {
  // The test may have gone first.
  if (process.connected) process.send?.(message);
}

process.on('message', (request: BendRequest | { do: string }) => {
  if (!('bend' in request)) return;
  const { id } = request;
  obey(request).then(
    (frames) => report({ type: 'bent', id, feeds: board.feeds, frames }),
    (error: unknown) => report({ type: 'unbent', id, message: String(error) }),
  );
});

await import('../harness/tappedSfu.ts');
