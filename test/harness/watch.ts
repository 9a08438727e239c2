// Runs in a page before the product does and watches it from outside: its peer connections, its workers, what CSP refused.
// Functions here are sent to the browser as text, so they may use nothing but their arguments.
import type {
  FromGroup,
  FromMedia,
  GroupMember,
  SharedCounts,
  TransformOptions,
} from '../../e2ee-worker/messages.ts';

type WatchedTrack = { options: TransformOptions; counts: SharedCounts };

export type Watch = {
  connections: RTCPeerConnection[];
  workers: Worker[];
  /** Those given to RTCRtpScriptTransform. */
  mediaWorkers: Set<Worker>;
  /** Every track that the media workers ever had. */
  tracks: Map<string, WatchedTrack>;
  /** Types and fields of what the media workers said. */
  mediaSaid: Set<string>;
  /** What the group worker said, by type and in order, and the members in its last view. */
  groupSaid: string[];
  members: GroupMember[];
  /** Date.now() of the last click. */
  clickedAt: number;
  violations: string[];
};

declare global {
  interface Window {
    watch: Watch;
  }
}

export function watchPage(): void {
  const watch: Watch = {
    connections: [],
    workers: [],
    mediaWorkers: new Set(),
    tracks: new Map(),
    mediaSaid: new Set(),
    groupSaid: [],
    members: [],
    clickedAt: 0,
    violations: [],
  };
  window.watch = watch;
  const attached = new Map<string, TransformOptions>();
  const noteClick = () => {
    watch.clickedAt = Date.now();
  };
  window.addEventListener('click', noteClick, { capture: true });
  document.addEventListener('securitypolicyviolation', (e) => {
    watch.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile ?? ''}:${e.lineNumber}`);
  });
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      watch.connections.push(this);
    }
  };
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      watch.workers.push(this);
      this.addEventListener('message', ({ data }: MessageEvent<FromGroup | FromMedia>) => {
        if (data?.type === 'view') watch.members = data.view.members;
        if (watch.mediaWorkers.has(this))
          for (const field of Object.keys(data)) watch.mediaSaid.add(`${data.type} ${field}`);
        else watch.groupSaid.push(data.type);
        if (data?.type !== 'track') return;
        const id = data.consumerId ?? data.slot;
        const options = attached.get(id);
        if (options) watch.tracks.set(id, { options, counts: data.counts });
      });
    }
  };
  if (typeof RTCRtpScriptTransform === 'undefined') return;
  window.RTCRtpScriptTransform = class extends RTCRtpScriptTransform {
    constructor(worker: Worker, options: TransformOptions, transfer?: Transferable[]) {
      super(worker, options, transfer);
      attached.set('consumerId' in options ? options.consumerId : options.slot, options);
      watch.mediaWorkers.add(worker);
    }
  };
}

/** The transform is set and nothing happens, as in a browser that only pretends to have transforms. */
export function ignoreSendTransforms(): void {
  Object.defineProperty(RTCRtpSender.prototype, 'transform', { set: () => undefined, get: () => null });
}

/** A browser without encoded transforms. */
export function haveNoTransforms(): void {
  Reflect.deleteProperty(window, 'RTCRtpScriptTransform');
  Reflect.deleteProperty(RTCRtpSender.prototype, 'transform');
  Reflect.deleteProperty(RTCRtpReceiver.prototype, 'transform');
  Reflect.deleteProperty(RTCRtpSender.prototype, 'createEncodedStreams');
  Reflect.deleteProperty(RTCRtpReceiver.prototype, 'createEncodedStreams');
}

/** Someone who leaves but means to go on listening: keeps keys, workers and connections. */
export function keepEverythingOnLeave(): void {
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message: unknown, transfer?: unknown) {
    const leaving = typeof message === 'object' && message !== null && 'type' in message;
    if (leaving && message.type === 'leave') return;
    Reflect.apply(post, this, transfer === undefined ? [message] : [message, transfer]);
  };
  Worker.prototype.terminate = () => undefined;
  RTCPeerConnection.prototype.close = () => undefined;
  RTCRtpTransceiver.prototype.stop = () => undefined;
  MediaStreamTrack.prototype.stop = () => undefined;
  for (const prototype of [RTCRtpSender.prototype, RTCRtpReceiver.prototype]) {
    const real = Object.getOwnPropertyDescriptor(prototype, 'transform');
    Object.defineProperty(prototype, 'transform', {
      ...real,
      set(transform: unknown) {
        if (transform !== null) real?.set?.call(this, transform);
      },
    });
  }
}
