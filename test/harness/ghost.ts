// The test's hold on an intruder's page (ghostPage.ts).
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { PROTOCOL_VERSION } from '#protocol';
import { bundled } from './bundle.ts';
import { readLink } from './rawClient.ts';

export class Ghost {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Goes into the room of the link without the link's secret, and takes every stream that is offered. */
  static async haunt(page: Page, link: string): Promise<Ghost> {
    const { origin, roomId } = readLink(link);
    // A page that the server really sends: Chromium keeps made-up ones from talking to local addresses.
    await page.goto(`${origin}/healthz`);
    await page.evaluate(await bundled(join(import.meta.dirname, 'ghostPage.ts')));
    await page.evaluate(([room, protocol]) => window.ghost.haunt(room, protocol), [
      roomId,
      PROTOCOL_VERSION,
    ] as const);
    return new Ghost(page);
  }

  /** Throws the server's answer. */
  askForMedia(): Promise<void> {
    return this.page.evaluate(() => window.ghost.askForMedia());
  }

  groupMessages(): Promise<readonly string[]> {
    return this.page.evaluate(() => window.ghost.heard);
  }
}
