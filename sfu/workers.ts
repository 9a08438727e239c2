// The mediasoup worker processes: one port each, least loaded first, and a new one in the place of one that died.

import type { types } from 'mediasoup';
import { createWorker } from 'mediasoup';
import type { Logger } from 'pino';
import type { SfuConfig } from './config.ts';
import { Refusal } from './refusal.ts';
import { watch } from './watchdog.ts';
import { forwardWorkerLog } from './workerLog.ts';

/** A meeting will grow: until it has, it counts as much as this many consumers. */
const MEETING_WEIGHT = 4;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** How long a meeting waits for a worker when none is alive. A worker is back in well under a second. */
const PLACE_WAIT_MS = 3_000;

export type WorkersConfig = Pick<SfuConfig, 'rtcPort' | 'listenAddresses' | 'workers' | 'workerBin'>;

/** A live worker, its port, and how much it carries. */
export class Station {
  readonly index: number;
  readonly worker: types.Worker;
  readonly server: types.WebRtcServer;
  readonly #onChange: () => void;
  #consumers = 0;
  #meetings = 0;

  constructor(options: {
    index: number;
    worker: types.Worker;
    server: types.WebRtcServer;
    onChange: () => void;
  }) {
    this.index = options.index;
    this.worker = options.worker;
    this.server = options.server;
    this.#onChange = options.onChange;
  }

  get consumers(): number {
    return this.#consumers;
  }

  get load(): number {
    return this.#consumers + MEETING_WEIGHT * this.#meetings;
  }

  countMeeting(change: 1 | -1): void {
    this.#meetings += change;
  }

  countConsumer(consumer: types.Consumer): void {
    this.#consumers += 1;
    this.#onChange();
    consumer.observer.once('close', () => {
      this.#consumers -= 1;
      this.#onChange();
    });
  }
}

export class Workers {
  /** Called when the number of consumers on a worker changes. */
  onLoad: () => void = () => undefined;
  readonly #config: WorkersConfig;
  readonly #log: Logger;
  readonly #stations: (Station | undefined)[];
  readonly #waiting = new Set<(station: Station) => void>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #closed = false;

  private constructor(config: WorkersConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#stations = Array.from({ length: config.workers }, () => undefined);
  }

  /** Rejects when one of them does not start: that is a wrong binary or a port in use, and will not mend itself. */
  static async start(config: WorkersConfig, log: Logger): Promise<Workers> {
    forwardWorkerLog(log);
    const workers = new Workers(config, log);
    try {
      await Promise.all(workers.#stations.map((_, index) => workers.#launch(index)));
      return workers;
    } catch (error) {
      workers.close();
      throw error;
    }
  }

  /** Consumers on each worker; 0 for one that is being replaced. */
  get consumers(): number[] {
    return this.#stations.map((station) => station?.consumers ?? 0);
  }

  /** Process ids of the live workers, by index. */
  get pids(): (number | undefined)[] {
    return this.#stations.map((station) => station?.worker.pid);
  }

  /**
   * The least loaded worker; when all are down, the next one that is up. It counts one meeting more from this very
   * moment, so that meetings opened together spread: take it back with countMeeting(-1).
   */
  async place(): Promise<Station> {
    const station = this.#leastLoaded() ?? (await this.#next());
    station.countMeeting(1);
    return station;
  }

  #leastLoaded(): Station | undefined {
    const live = this.#stations.filter((station) => station !== undefined);
    return live.sort((a, b) => a.load - b.load)[0];
  }

  #next(): Promise<Station> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(found);
        reject(new Refusal('MEDIA_UNAVAILABLE', 'no worker is running'));
      }, PLACE_WAIT_MS);
      const found = (station: Station) => {
        clearTimeout(timer);
        resolve(station);
      };
      this.#waiting.add(found);
    });
  }

  async #launch(index: number): Promise<void> {
    const worker = await createWorker({ workerBin: this.#config.workerBin, logLevel: 'error' });
    const server = await listen(worker, index, this.#config).catch((error: unknown) => {
      worker.close();
      throw error;
    });
    if (this.#closed) return worker.close();
    const station = new Station({ index, worker, server, onChange: () => this.onLoad() });
    worker.once('died', (error) => this.#replace(station, error));
    watch(worker, { onHung: () => this.#log.error({ worker: index }, 'worker does not answer, ending it') });
    this.#stations[index] = station;
    this.#log.info({ worker: index, pid: worker.pid, port: this.#config.rtcPort + index }, 'worker is up');
    for (const found of this.#waiting) found(station);
    this.#waiting.clear();
  }

  /** Its routers have closed already; each meeting hears that from its own router and reports itself lost. */
  #replace({ index }: Station, error: Error): void {
    this.#stations[index] = undefined;
    if (this.#closed) return;
    this.#log.error({ worker: index, err: error }, 'worker died, starting another');
    this.onLoad();
    this.#retry(index, 0);
  }

  /** The first attempt is immediate; a worker that keeps dying is tried ever more slowly, but for ever. */
  #retry(index: number, delay: number): void {
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.#launch(index).catch((error: unknown) => {
        if (this.#closed) return;
        this.#log.error({ worker: index, err: error }, 'worker does not start, trying again');
        this.#retry(index, Math.min(Math.max(delay * 2, FIRST_RETRY_MS), LAST_RETRY_MS));
      });
    }, delay);
    this.#retries.add(timer);
  }

  /** Closing a worker closes its routers and everything on them. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#retries) clearTimeout(timer);
    for (const station of this.#stations) station?.worker.close();
    this.#stations.fill(undefined);
  }
}

/** UDP and TCP on the worker's own port, on every address. */
function listen(worker: types.Worker, index: number, config: WorkersConfig): Promise<types.WebRtcServer> {
  const port = config.rtcPort + index;
  const protocols = ['udp', 'tcp'] as const;
  return worker.createWebRtcServer({
    listenInfos: config.listenAddresses.flatMap((address) =>
      protocols.map((protocol) => ({ protocol, port, ...address })),
    ),
  });
}
