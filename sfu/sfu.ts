// Puts the parts of the sfu together. Who closes whom: the link first (no more commands), then the meetings, then the
// workers under them.
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { PROTOCOL_VERSION, type SfuHello } from '#protocol';
import { advertisedCapabilities } from './codecs.ts';
import type { SfuConfig } from './config.ts';
import { createDispatch } from './dispatcher.ts';
import { Link, type Report } from './link.ts';
import { LoadReporter } from './load.ts';
import { Meetings } from './meetings.ts';
import { Workers, type WorkersConfig } from './workers.ts';

export type RunConfig = WorkersConfig & Pick<SfuConfig, 'signalingUrl' | 'sfuSecret'>;

export class Sfu {
  readonly workers: Workers;
  readonly #meetings: Meetings;
  readonly #link: Link;
  readonly #load: LoadReporter;

  private constructor(config: RunConfig, log: Logger, workers: Workers) {
    // The link hands commands to the meetings, and the meetings report through the link.
    const report: Report = (name, data) => this.#link.report(name, data);
    this.workers = workers;
    this.#meetings = new Meetings({ workers, report, log });
    this.#link = new Link({
      url: config.signalingUrl,
      hello: helloOf(config),
      dispatch: createDispatch(this.#meetings, log),
      log,
      onAbandoned: () => this.#meetings.closeAll(),
    });
    this.#load = new LoadReporter({ send: () => report('sfu:load', { consumers: workers.consumers }) });
    workers.onLoad = () => this.#load.changed();
  }

  /** Rejects when the workers do not start. */
  static async start(config: RunConfig, log: Logger): Promise<Sfu> {
    return new Sfu(config, log, await Workers.start(config, log));
  }

  /** Harmless when called again. */
  close(): void {
    this.#load.stop();
    this.#link.close();
    this.#meetings.closeAll();
    this.workers.close();
  }
}

const helloOf = (config: RunConfig): SfuHello => ({
  protocol: PROTOCOL_VERSION,
  secret: config.sfuSecret,
  instance: randomBytes(16).toString('base64url'),
  workers: config.workers,
  rtpCapabilities: advertisedCapabilities(),
});
