// Click → first decoded remote frame: the product against a bare mediasoup-client join, one by one in turns.
//
// Same machine, worker binary, browser, camera (640×360 at 15), encodings, network (loopback) and window. Before the click
// both pages are loaded, have their socket open and devices granted. In both calls one other person is there all the time,
// so that both measurements carry the load of both.

import { once } from 'node:events';
import { join } from 'node:path';
import { type Browser, chromium } from '@playwright/test';
import { haveCamera, MODEST } from '../harness/camera.ts';
import { startChild } from '../harness/child.ts';
import { freePort, freeRtcPort } from '../harness/net.ts';
import { p50, p95 } from '../harness/numbers.ts';
import { Person } from '../harness/person.ts';
import { mediasoupWorker, startInstallation } from '../harness/server.ts';
import { holds, until } from '../harness/until.ts';
import playwrightConfig from '../playwright.config.ts';
import { type Figure, withFloor } from './figure.ts';
import { firstPicture, timeToFirstPicture } from './firstPicture.ts';

const JOINS = 20;
const LIMIT_P50 = 1.5;
const CALM_MS = 1_500;
/** A new window goes on loading parts of the browser itself. People need longer than this for their name. */
const REST_MS = 1_500;
const WINDOW = { width: 1000, height: 700 };

export async function benchJoin(say: (line: string) => void): Promise<Figure[]> {
  const browser = await chromium.launch({ ...playwrightConfig.use?.launchOptions, headless: true });
  const product = await startProduct(browser);
  const bare = await startBare(browser);
  try {
    const times = { product: [] as number[], bare: [] as number[] };
    // The first of each warms caches of the browser and the servers and does not count.
    for (let i = 0; i <= JOINS; i++) {
      const order = i % 2 === 0 ? (['product', 'bare'] as const) : (['bare', 'product'] as const);
      for (const which of order) {
        const ms = await (which === 'product' ? product : bare).join();
        if (i > 0) times[which].push(ms);
      }
    }
    say(`product, ms: ${times.product.map(Math.round).join(' ')}`);
    say(`bare, ms:    ${times.bare.map(Math.round).join(' ')}`);
    return joinFigures(times);
  } finally {
    await browser.close();
    await product.stop();
    await bare.stop();
  }
}

type Times = Readonly<Record<'product' | 'bare', number[]>>;

export function joinFigures({ product, bare }: Times): Figure[] {
  const common = { unit: 'ms', samples: product.length };
  return [
    withFloor({ ...common, name: 'join.p50', value: p50(product), floor: p50(bare), limit: LIMIT_P50 }),
    withFloor({ ...common, name: 'join.p95', value: p95(product), floor: p95(bare) }),
  ];
}

const atRest = () => new Promise((resolve) => setTimeout(resolve, REST_MS));

export type Contender = { join(): Promise<number>; stop(): Promise<void> };

export async function newPerson(browser: Browser, name: string): Promise<Person> {
  const context = await browser.newContext({ viewport: WINDOW });
  return Person.at(context, name, [timeToFirstPicture], MODEST);
}

/** To a page that has its preview up and the devices granted. */
export async function readyToJoin(guest: Person, link: string): Promise<void> {
  await guest.page.goto(link);
  await guest.byId('display-name').fill(guest.name);
  await guest.byId('preview').evaluate(firstPicture);
  await until(() => guest.byId('join').isEnabled(), { what: () => 'the product to be ready' });
  await atRest();
}

/** The group waits for further changes after each one; people do not come within the second in which others go. */
export async function leavesAlone(guest: Person, host: Person): Promise<void> {
  await guest.leave();
  await guest.page.context().close();
  const alone = async () => (await host.names()).length === 1;
  await until(alone, { what: () => 'the host to be alone' });
  await holds(alone, CALM_MS, 'the host is alone');
}

export async function startProduct(browser: Browser): Promise<Contender> {
  const installation = await startInstallation();
  const host = await newPerson(browser, 'Host');
  const link = await host.createMeeting(installation.url);
  return {
    async join() {
      const guest = await newPerson(browser, 'Guest');
      await readyToJoin(guest, link);
      await guest.byId('join').click();
      const ms = await guest.page.evaluate(() => window.firstRemotePicture('[data-self="false"] video'));
      await leavesAlone(guest, host);
      return ms;
    },
    stop: () => installation.stop(),
  };
}

async function startBare(browser: Browser): Promise<Contender> {
  const port = await freePort();
  const server = startChild(join(import.meta.dirname, 'bare/server.ts'), {
    PORT: String(port),
    RTC_PORT: String(await freeRtcPort(1)),
    MEDIASOUP_WORKER_BIN: mediasoupWorker(),
  });
  await Promise.race([
    once(server.process, 'message'),
    once(server.process, 'exit').then(() => Promise.reject(new Error(server.words()))),
  ]);
  const newPage = async () => {
    const context = await browser.newContext({ viewport: WINDOW });
    const page = await context.newPage();
    await page.addInitScript(haveCamera, MODEST);
    await page.addInitScript(timeToFirstPicture);
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.locator('#preview').evaluate(firstPicture);
    await until(() => page.locator('#join').isEnabled(), { what: () => 'the bare page to be ready' });
    await atRest();
    return page;
  };
  const host = await newPage();
  await host.locator('#join').click();
  return {
    async join() {
      const page = await newPage();
      await page.locator('#join').click();
      const ms = await page.evaluate(() => window.firstRemotePicture('#others video'));
      await page.context().close();
      return ms;
    },
    stop: () => server.end('SIGTERM'),
  };
}
