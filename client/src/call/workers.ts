// The two workers of one room and the private line between them. If either breaks, both are stopped.
import { FromGroup, FromMedia, type ToGroup, type ToMedia, type TransformOptions } from '#e2ee/messages.ts';
import { startGroupWorker, startMediaWorker } from './trustedWorkers.ts';
import { WorkerLine } from './workerLine.ts';

/** For the group worker to erase keys and the media worker to hear of it. */
const FAREWELL_MS = 500;

interface Events {
  group(message: FromGroup): void;
  media(message: FromMedia): void;
  fault(reason: string): void;
}

export interface Workers {
  post(message: ToGroup): void;
  /** The media worker, which answers `alive`. */
  askAlive(): void;
  makeTransform(options: TransformOptions): RTCRtpScriptTransform;
  /** Erases, then stops. */
  close(): void;
}

export function startWorkers({ group, media, fault }: Events): Workers {
  const mediaWorker = startMediaWorker();
  const mediaLine = new WorkerLine<ToMedia, FromMedia>(mediaWorker, FromMedia, {
    message: media,
    fault: broken,
  });
  const groupLine = new WorkerLine<ToGroup, FromGroup>(startGroupWorker(), FromGroup, {
    message: group,
    fault: broken,
  });
  const { port1, port2 } = new MessageChannel();
  groupLine.post({ type: 'media-port', port: port1 }, [port1]);
  mediaLine.post({ type: 'group-port', port: port2 }, [port2]);

  /** Keys go with the memory they are in. */
  function kill(): void {
    groupLine.close();
    mediaLine.close();
  }
  function broken(reason: string): void {
    kill();
    fault(reason);
  }
  return {
    post: (message) => groupLine.post(message),
    askAlive: () => mediaLine.post({ type: 'ask-alive' }),
    makeTransform: (options) => new RTCRtpScriptTransform(mediaWorker, options),
    close() {
      groupLine.post({ type: 'leave' });
      setTimeout(kill, FAREWELL_MS);
    },
  };
}
