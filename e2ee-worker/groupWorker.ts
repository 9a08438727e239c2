// The group worker's shell: parses what comes in, gives the core a real clock, randomness, vault and port. Decides nothing.
import * as z from 'zod/mini';
import { type FromGroup, type GroupToMedia, ToGroup } from './messages.ts';
import type { Host } from './mls/host.ts';
import { afterTest, selfTest } from './mls/selfTest.ts';
import { createGroupSession } from './mls/session.ts';
import { steadyClock } from './mls/steadyClock.ts';
import { indexedDbVault } from './vault/indexedDbVault.ts';

/** What this file uses of DedicatedWorkerGlobalScope; the DOM's types describe a window instead. */
interface WorkerScope {
  postMessage(message: FromGroup): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void;
}

// zod's generated parsers need eval, which the page's policy forbids.
z.config({ jitless: true });

function start(scope: WorkerScope): void {
  let mediaPort: MessagePort | undefined;
  /** Epochs that began before the port came. */
  let early: GroupToMedia[] = [];

  const post = (port: MessagePort, m: GroupToMedia) =>
    // Transferred, so that the only copy of the base key is the receiver's, who wipes it.
    port.postMessage(
      m,
      m.type === 'epoch' && m.baseKey.buffer instanceof ArrayBuffer ? [m.baseKey.buffer] : [],
    );

  const vault = indexedDbVault();
  const host: Host = {
    emit: (m) => scope.postMessage(m),
    toMedia: (m) => (mediaPort ? post(mediaPort, m) : void early.push(m)),
    now: steadyClock({ wall: () => Date.now(), monotonic: () => performance.now() }),
    setTimer: (ms, fire) => {
      const timer = setTimeout(fire, ms);
      return () => clearTimeout(timer);
    },
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    vault,
  };
  // While nobody waits for it.
  const prepared = Promise.all([selfTest(), vault.prepare()]);
  const session = afterTest(prepared, createGroupSession(host), host.emit);

  scope.addEventListener('message', (event) => {
    const parsed = ToGroup.safeParse(event.data);
    if (!parsed.success) {
      host.emit({ type: 'fault', reason: 'A message of unknown shape came from the page.' });
    } else if (parsed.data.type === 'media-port') {
      mediaPort = parsed.data.port;
      for (const m of early) post(mediaPort, m);
      early = [];
    } else {
      void session.handle(parsed.data);
    }
  });
}

start(globalThis);
