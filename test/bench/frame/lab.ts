// A browser with the bench's page: starts workers, finds their threads, arranges calls, reads CPU time and frame counts.
import { type BrowserServer, chromium, type Page } from 'playwright';
import { cpuMicros, processTree, type Thread, threadsOf } from '../../harness/threads.ts';
import type { Counts, Direction, Kind, Variant } from './page.ts';
import { serveBench } from './site.ts';

export const directions = ['encrypt', 'decrypt'] as const satisfies Direction[];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];
const THREAD_LIMIT_MS = 10_000;
const CALL_LIMIT_MS = 30_000;

/** What a variant used since the beginning, in one direction. */
export interface Reading {
  micros: number;
  frames: number;
}
export type Readings = Map<string, Reading>;

export class Lab {
  readonly #page: Page;
  readonly #root: number;
  readonly #threads = new Map<string, Thread>();
  readonly close: () => Promise<void>;

  private constructor(page: Page, root: number, close: () => Promise<void>) {
    this.#page = page;
    this.#root = root;
    this.close = close;
  }

  static async open(variants: readonly Variant[]): Promise<Lab> {
    const site = await serveBench();
    let server: BrowserServer | undefined;
    const close = async () => {
      site.close();
      await server?.close();
    };
    try {
      server = await chromium.launchServer({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: FLAGS,
      });
      const browser = await chromium.connect(server.wsEndpoint());
      const page = await browser.newPage();
      await page.goto(site.url);
      const lab = new Lab(page, server.process().pid ?? 0, close);
      for (const variant of variants)
        for (const direction of directions) await lab.#startWorker(variant, direction);
      return lab;
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Workers are started one after the other: the thread that was not there before is this one's. */
  async #startWorker(variant: Variant, direction: Direction): Promise<void> {
    const before = new Set(this.#workerThreads().map(({ tid }) => tid));
    await this.#page.evaluate(([v, d]) => window.frameBench.startWorker(v, d), [variant, direction] as const);
    const thread = await until(THREAD_LIMIT_MS, 'the thread of a worker', () =>
      this.#workerThreads().find(({ tid }) => !before.has(tid)),
    );
    this.#threads.set(`${variant} ${direction}`, thread);
  }

  #workerThreads(): Thread[] {
    return processTree(this.#root)
      .flatMap(threadsOf)
      .filter(({ name }) => name.startsWith('DedicatedWorker'));
  }

  /** Returns when every call of the arrangement decodes. */
  async arrange(variants: readonly Variant[], kind: Kind, streams: number): Promise<void> {
    await this.#page.evaluate(([v, k, n]) => window.frameBench.arrange(v, k, n), [
      variants,
      kind,
      streams,
    ] as const);
    await until(CALL_LIMIT_MS, `${kind} in every call`, async () => {
      const counts = await this.#counts(kind);
      return variants.every((variant) => (counts[variant]?.decoded ?? 0) > 0) || undefined;
    });
  }

  only(variant: Variant): Promise<void> {
    return this.#page.evaluate((v) => window.frameBench.only(v), variant);
  }

  async read(variants: readonly Variant[], kind: Kind): Promise<Readings> {
    const counts = await this.#counts(kind);
    const readings: Readings = new Map();
    for (const variant of variants)
      for (const direction of directions) {
        const name = `${variant} ${direction}`;
        const thread = this.#threads.get(name);
        const micros = thread && cpuMicros(thread);
        if (micros === undefined) throw new Error(`the worker of ${name} is gone`);
        readings.set(name, { micros, frames: counts[variant]?.[direction] ?? 0 });
      }
    return readings;
  }

  /** Frames that came out of the decoders so far: without them the figures would mean nothing. */
  async decoded(variant: Variant, kind: Kind): Promise<number> {
    return (await this.#counts(kind))[variant]?.decoded ?? 0;
  }

  #counts(kind: Kind): Promise<Partial<Record<Variant, Counts>>> {
    return this.#page.evaluate((k) => window.frameBench.frames(k), kind);
  }
}

async function until<T>(
  limitMs: number,
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
