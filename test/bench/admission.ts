// Click on Admit → first frame that the newcomer decodes, against the click on Join of those whom the link lets in: in turns, same
// machine, same run, each into a call with one other person. Both clicks and frames are told by the machine's one clock.
import { type Browser, chromium } from '@playwright/test';
import { p50, p95 } from '../harness/numbers.ts';
import { startInstallation } from '../harness/server.ts';
import playwrightConfig from '../playwright.config.ts';
import { type Figure, withFloor } from './figure.ts';
import { type Contender, leavesAlone, newPerson, readyToJoin, startProduct } from './join.ts';

/** The first of each warms caches and does not count. */
const SAMPLES = 10;
const LIMIT_P50 = 1.5;

export async function benchAdmission(say: (line: string) => void): Promise<Figure[]> {
  const browser = await chromium.launch({ ...playwrightConfig.use?.launchOptions, headless: true });
  const contenders = { admitted: await startLobby(browser), byLink: await startProduct(browser) };
  const times: Times = { admitted: [], byLink: [] };
  try {
    for (let i = 0; i <= SAMPLES; i++) {
      const order = i % 2 === 0 ? (['admitted', 'byLink'] as const) : (['byLink', 'admitted'] as const);
      for (const which of order) {
        const ms = await contenders[which].join();
        if (i > 0) times[which].push(ms);
      }
    }
    say(`admitted, ms: ${times.admitted.map(Math.round).join(' ')}`);
    say(`by link, ms:  ${times.byLink.map(Math.round).join(' ')}`);
    return admissionFigures(times);
  } finally {
    await browser.close();
    await Promise.all(Object.values(contenders).map((c) => c.stop()));
  }
}

type Times = Record<'admitted' | 'byLink', number[]>;

export function admissionFigures({ admitted, byLink }: Times): Figure[] {
  const common = { unit: 'ms', samples: admitted.length };
  return [
    withFloor({
      ...common,
      name: 'admission.p50',
      value: p50(admitted),
      floor: p50(byLink),
      limit: LIMIT_P50,
    }),
    withFloor({ ...common, name: 'admission.p95', value: p95(admitted), floor: p95(byLink) }),
  ];
}

async function startLobby(browser: Browser): Promise<Contender> {
  const installation = await startInstallation();
  const host = await newPerson(browser, 'Host');
  const link = await host.createMeeting(installation.url, { lobby: true });
  return {
    async join() {
      const guest = await newPerson(browser, 'Guest');
      await readyToJoin(guest, link);
      await guest.byId('join').click();
      await guest.atTheDoor('waiting');
      await host.knockOf('Guest').getByTestId('admit').click();
      const clicked = await host.page.evaluate(() => window.watch.clickedAt);
      const seen = await guest.page.evaluate(async () => {
        const sinceJoin = await window.firstRemotePicture('[data-self="false"] video');
        return window.watch.clickedAt + sinceJoin;
      });
      await leavesAlone(guest, host);
      return seen - clicked;
    },
    stop: () => installation.stop(),
  };
}
