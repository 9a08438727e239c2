// One person at one page: does what a person would do, by the names that docs/automation.md promises.
import { type BrowserContext, expect, type Locator, type Page } from '@playwright/test';
import type { GroupMember } from '../../e2ee-worker/messages.ts';
import { framesAdvance, greenSeen } from './media.ts';
import { until } from './until.ts';
import { watchPage } from './watch.ts';

export type TileState = 'live' | 'video-off' | 'waiting-key' | 'reconnecting';

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

  /** `before` are functions that run in the page before the product, after the watch. */
  static async at(context: BrowserContext, name: string, before: readonly (() => void)[] = []) {
    const page = await context.newPage();
    await page.addInitScript(watchPage);
    for (const script of before) await page.addInitScript(script);
    return new Person(name, page);
  }

  byId(id: string): Locator {
    return this.page.getByTestId(id);
  }

  /** Makes a meeting, goes into it and answers the invite link. */
  async createMeeting(url: string): Promise<string> {
    await this.page.goto(url);
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
    const item = this.page.locator(`[data-testid="roster-item"][data-name="${name}"]`);
    if ((await this.byId('roster').count()) === 0) await this.byId('open-roster').click();
    await expect(item).toHaveAttribute('data-fingerprint', /^[0-9a-f ]{19}$/);
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
      const codes = new Set(await Promise.all(people.map((p) => p.safetyCode())));
      const epochs = new Set(await Promise.all(people.map((p) => p.epoch())));
      const [code = ''] = codes;
      const [epoch = -1] = epochs;
      return codes.size === 1 && epochs.size === 1 && code.length === 20 && { code, epoch };
    },
    { what: () => `the same safety code at ${people.map((p) => p.name).join(', ')}` },
  );
}
