// One person at one page: does what a person would do, by the names that docs/automation.md promises.
import { type BrowserContext, expect, type Locator, type Page } from '@playwright/test';
import type { GroupMember } from '../../e2ee-worker/messages.ts';
import { type Camera, haveCamera } from './camera.ts';
import { framesAdvance, greenSeen } from './media.ts';
import { until } from './until.ts';
import { watchPage } from './watch.ts';

export type TileState = 'live' | 'video-off' | 'waiting-key' | 'reconnecting';

/** What a browser says by itself when a server is not there. */
export const NETWORK_NOISE = /WebSocket|ERR_|Failed to load resource|net::/;

export class Person {
  readonly name: string;
  readonly page: Page;
  readonly #complaints: string[] = [];
  readonly #forgiven: RegExp[] = [];

  private constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
    page.on('pageerror', (error) => this.#complaints.push(`${name}: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#complaints.push(`${name}: console: ${message.text()}`);
    });
  }

  /** `before` are functions that run in the page before the product, after the watch. Without `camera` it is the product's wish. */
  static async at(
    context: BrowserContext,
    name: string,
    before: readonly (() => void)[] = [],
    camera?: Camera,
  ) {
    const page = await context.newPage();
    await page.addInitScript(watchPage);
    if (camera) await page.addInitScript(haveCamera, camera);
    for (const script of before) await page.addInitScript(script);
    return new Person(name, page);
  }

  byId(id: string): Locator {
    return this.page.getByTestId(id);
  }

  /** Makes a meeting, goes into it and answers the invite link. Without `lobby` the link lets people in. */
  async createMeeting(url: string, { lobby = false } = {}): Promise<string> {
    await this.page.goto(url);
    await this.byId('lobby-choice').setChecked(lobby);
    await this.byId('create-meeting').click();
    await this.enter();
    return this.inviteLink();
  }

  async joinByLink(link: string): Promise<void> {
    await this.openLink(link);
    await this.enter();
  }

  /** To pre-join. */
  async openLink(link: string): Promise<void> {
    // From the same link, a change of the fragment alone would not load anything.
    if (this.page.url() !== 'about:blank') await this.page.goto('about:blank');
    await this.page.goto(link);
    await expect(this.byId('join')).toBeEnabled();
  }

  /** From pre-join into the call. */
  async enter(): Promise<void> {
    await this.byId('display-name').fill(this.name);
    await this.byId('join').click();
    await expect(this.tile(this.name)).toBeVisible({ timeout: 20_000 });
  }

  /** From the link to the door, where somebody waits for a host. */
  async knock(link: string, { privateSession = false } = {}): Promise<void> {
    await this.openLink(link);
    await this.byId('display-name').fill(this.name);
    await this.byId('private-session').setChecked(privateSession);
    await this.byId('join').click();
    await this.atTheDoor();
  }

  /** Waits, and for what: `waiting` for a host who is there, or `no-host`. */
  async atTheDoor(state: 'waiting' | 'no-host' | RegExp = /^(waiting|no-host)$/): Promise<void> {
    await expect(this.byId('lobby-status')).toHaveAttribute('data-state', state, { timeout: 20_000 });
  }

  /** The card of somebody who knocks here. */
  knockOf(name: string): Locator {
    return this.page.locator(`[data-testid="knock"][data-name="${name}"]`);
  }

  /** As a host: lets in whoever knocks under that name, and waits until the knock is gone. */
  async admit(name: string): Promise<void> {
    await this.#answer(name, 'admit');
  }

  async refuse(name: string, { block = false } = {}): Promise<void> {
    await this.#answer(name, block ? 'refuse-block' : 'refuse');
  }

  /** A card that has just moved takes no click, so it may take two. */
  async #answer(name: string, button: 'admit' | 'refuse' | 'refuse-block'): Promise<void> {
    const knock = this.knockOf(name);
    await expect(knock, `${name} at the door of ${this.name}`).toBeVisible({ timeout: 20_000 });
    await expect(async () => {
      if ((await knock.count()) > 0) await knock.getByTestId(button).click({ timeout: 1_000 });
      await expect(knock).toHaveCount(0, { timeout: 2_000 });
    }).toPass({ timeout: 15_000 });
  }

  /** As a host: sends a member out, blocks them too, or sends them back to the lobby. */
  async remove(name: string, how: 'out' | 'block' | 'lobby' = 'out'): Promise<void> {
    await this.act(name, 'remove-member');
    await this.byId(`remove-${how}`).click();
  }

  /** As a host: one of the buttons of a member in the people panel, by its test id. */
  async act(name: string, button: string): Promise<void> {
    const item = await this.rosterItem(name);
    if ((await item.getByTestId('remove-member').count()) === 0)
      await item.getByTestId('member-actions').click();
    await item.getByTestId(button).click();
  }

  /** In the people panel, which is opened for it. */
  async rosterItem(name: string): Promise<Locator> {
    if ((await this.byId('roster').count()) === 0) await this.byId('open-roster').click();
    return this.page.locator(`[data-testid="roster-item"][data-name="${name}"]`);
  }

  async openHost(): Promise<void> {
    if ((await this.byId('host-panel').count()) === 0) await this.byId('open-host').click();
  }

  /** As a host: switches a rule of the meeting by its test id in the host panel, and waits until the group has it. */
  async rule(
    id: 'lobby-toggle' | 'lock-meeting' | 'mute-on-entry' | 'share-hosts' | 'chat-switch',
    on: boolean,
  ): Promise<void> {
    await this.openHost();
    const toggle = this.byId(id);
    if ((await toggle.getAttribute('aria-pressed')) !== String(on)) await toggle.click();
    await expect(toggle).toHaveAttribute('aria-pressed', String(on));
  }

  /** As a host: for everybody. */
  async endMeeting(): Promise<void> {
    await this.openHost();
    await this.byId('end-meeting').click();
    await this.byId('end-confirm').click();
  }

  /** How well this page's device knows a member, as its tile says. */
  async markOf(name: string): Promise<string | null> {
    return this.tile(name).getByTestId('member-mark').getAttribute('data-mark');
  }

  async inviteLink(): Promise<string> {
    const link = await this.byId('copy-invite').getAttribute('data-link');
    if (!link) throw new Error('the invite button has no data-link');
    return link;
  }

  tile(name: string): Locator {
    return this.page.locator(`[data-testid="tile"][data-name="${name}"]`);
  }

  video(name: string): Locator {
    return this.tile(name).locator('video');
  }

  /** In one look: a tile may go while it is asked. */
  async names(): Promise<string[]> {
    const names = await this.byId('tile').evaluateAll((tiles) =>
      tiles.map((t) => t.getAttribute('data-name')),
    );
    return names.map((n) => n ?? '').sort();
  }

  async tileState(name: string): Promise<string | null> {
    const states = await this.tile(name).evaluateAll((tiles) =>
      tiles.map((t) => t.getAttribute('data-state')),
    );
    return states.length === 1 ? (states[0] ?? null) : null;
  }

  async sees(name: string, state: TileState, timeoutMs = 20_000): Promise<void> {
    await expect(this.tile(name), `${name}'s tile at ${this.name}`).toHaveAttribute('data-state', state, {
      timeout: timeoutMs,
    });
  }

  /** Not only a tile: frames that move and are what the camera showed. */
  async seesMoving(name: string): Promise<void> {
    await this.sees(name, 'live');
    await greenSeen(this.video(name));
    await framesAdvance(this.video(name));
  }

  async openSecurity(): Promise<void> {
    if ((await this.byId('safety-code').count()) === 0) await this.byId('open-security').click();
    await expect(this.byId('safety-code')).toBeVisible();
  }

  async safetyCode(): Promise<string> {
    await this.openSecurity();
    const digits = ((await this.byId('safety-code').textContent()) ?? '').replace(/\D/g, '');
    return digits;
  }

  async epoch(): Promise<number> {
    await this.openSecurity();
    return Number(((await this.byId('epoch').textContent()) ?? '').replace(/\D/g, ''));
  }

  /** As this page's group worker last listed that member; undefined when it lists none or two of the name. */
  async member(name: string): Promise<GroupMember | undefined> {
    const members = await this.page.evaluate(() => window.watch.members);
    const found = members.filter((m) => m.name === name);
    return found.length === 1 ? found[0] : undefined;
  }

  /** Of the key of this member's leaf, as the people panel shows it here. */
  async fingerprint(name: string): Promise<string> {
    const item = await this.rosterItem(name);
    await expect(item).toHaveAttribute('data-fingerprint', /^(\d{5} ){3}\d{5}$/);
    return (await item.getAttribute('data-fingerprint')) ?? '';
  }

  /** Leaves by the button and its confirmation. */
  async leave(): Promise<void> {
    await this.byId('leave').click();
    await this.byId('leave-confirm').click();
    await until(async () => !(await this.isInCall()), { what: () => `${this.name} to be out of the call` });
  }

  async connectionState(): Promise<string | null> {
    // One look: between two the page may go on to its last screen, which has none.
    const states = await this.byId('connection-state').evaluateAll((all) =>
      all.map((e) => e.getAttribute('data-state')),
    );
    return states[0] ?? null;
  }

  async connection(state: string, timeoutMs = 15_000): Promise<void> {
    const shown = this.byId('connection-state');
    await expect(shown).toHaveAttribute('data-state', state, { timeout: timeoutMs });
  }

  /** This test breaks something on purpose that the browser itself will report. */
  forgive(pattern: RegExp): void {
    this.#forgiven.push(pattern);
  }

  /** Errors of page and console, and what CSP refused. */
  async unforgiven(): Promise<string[]> {
    const violations = this.page.isClosed()
      ? []
      : await this.page.evaluate(() => window.watch?.violations ?? []);
    const all = [...this.#complaints, ...violations.map((v) => `${this.name}: CSP: ${v}`)];
    return all.filter((c) => !this.#forgiven.some((pattern) => pattern.test(c)));
  }

  async isInCall(): Promise<boolean> {
    return (await this.byId('tile').count()) > 0;
  }

  /** The last screen, and why it is the last. */
  async endedBecause(): Promise<string | null> {
    const reason = this.byId('ended-reason');
    return (await reason.count()) === 0 ? null : reason.getAttribute('data-reason');
  }
}

/** All show the same code of 20 digits and the same epoch; answers both. */
export async function agreedCode(people: readonly Person[]): Promise<{ code: string; epoch: number }> {
  return until(
    async () => {
      const [first, ...others] = await Promise.all(people.map(codeAndEpoch));
      if (first?.code.length !== 20) return false;
      return others.every(({ code, epoch }) => code === first.code && epoch === first.epoch) && first;
    },
    { what: () => `the same safety code at ${people.map((p) => p.name).join(', ')}` },
  );
}

/** Read in one moment: one after the other they may be of two epochs. */
async function codeAndEpoch(person: Person): Promise<{ code: string; epoch: number }> {
  await person.openSecurity();
  const [code = '', epoch = ''] = await person.page.evaluate(() =>
    ['safety-code', 'epoch'].map(
      (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent?.replace(/\D/g, '') ?? '',
    ),
  );
  return { code, epoch: Number(epoch) };
}
