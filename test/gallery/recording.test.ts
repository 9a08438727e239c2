// What hosts see of their own recording, and everybody of those of others.
import type { Page } from '@playwright/test';
import { expect, LAPTOP, PHONE, test } from './test.ts';

/** Others begin or stop to record. */
const record = (page: Page, others: readonly string[]) =>
  page.evaluate((names) => {
    const room: { recording: { others: readonly string[] } } = Reflect.get(window, 'galleryRoom');
    room.recording.others = names;
  }, others);

test('a host starts in the panel and stops in the bar, which says for how long; the focus is not lost, and both are read out', async ({
  open,
}) => {
  const page = await open('host-locked');
  const said = page.getByTestId('announcements');
  await page.getByTestId('open-host').click();
  await expect(page.getByTestId('recording-bar')).toHaveCount(0);
  await page.getByTestId('record').click();
  await expect(page.getByTestId('record')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('recording-bar')).toContainText('You are recording this meeting');
  await expect(page.getByTestId('recording-time')).toHaveText(/^0:0\d$/);
  await expect(said).toContainText('You are recording this meeting');
  await page.getByTestId('stop-recording').click();
  await expect(page.getByTestId('recording-bar')).toHaveCount(0);
  await expect(page.getByTestId('record')).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByTestId('open-host')).toBeFocused();
  await expect(said).toContainText('Your recording has stopped');
});

test('where the rules of the server forbid it a host can switch nothing; where the host has, or the browser cannot, it says that', async ({
  open,
}) => {
  for (const [scene, allowedToo, words] of [
    ['host-recording-imposed', false, 'The rules of this server want it so.'],
    ['host-recording-off', true, 'In this meeting hosts may not.'],
    ['host-recording-impossible', true, 'This browser cannot record here.'],
  ] as const) {
    const page = await open(scene);
    await page.getByTestId('open-host').click();
    const record = page.getByTestId('record');
    await expect(record).toBeDisabled();
    await expect(record).toHaveAttribute('aria-pressed', 'false');
    await expect(record).toHaveAccessibleDescription(words);
    await expect(page.getByTestId('recording-allowed')).toBeEnabled({ enabled: allowedToo });
  }
});

test('who else records stands over everything for as long as they do, with the names of all, and is read out', async ({
  open,
}) => {
  for (const viewport of [LAPTOP, PHONE]) {
    const page = await open('call-3');
    await page.setViewportSize(viewport);
    const note = page.getByTestId('recorded-by');
    await expect(note).toHaveCount(0);
    await record(page, ['Grace']);
    await expect(note).toHaveText('Grace is recording this meeting');
    await record(page, ['Grace', 'Tomás Ferreira']);
    await expect(note).toHaveText('Grace and Tomás Ferreira are recording this meeting');
    await expect(note).toBeInViewport({ ratio: 1 });
    await expect(note.getByRole('button')).toHaveCount(0);
    await page.getByTestId('open-chat').click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect(note).toBeInViewport({ ratio: 1 });
    await record(page, []);
    await expect(note).toHaveCount(0);
    await expect(page.getByTestId('announcements')).toHaveText(
      /Grace is recording.*Tomás Ferreira is recording.*Grace has stopped recording.*Tomás Ferreira has stopped recording/,
    );
  }
});

test('whoever comes in while somebody records has it read out, too', async ({ open }) => {
  const page = await open('call-recorded');
  await expect(page.getByTestId('announcements')).toHaveText('Tomás Ferreira is recording this meeting');
});

test('whoever leaves while recording reads that it is saved; nobody else does', async ({ open }) => {
  for (const [scene, times] of [
    ['host-recording', 1],
    ['call-recorded', 0],
  ] as const) {
    const page = await open(scene);
    await page.getByTestId('leave').click();
    await expect(page.getByTestId('leave-dialog').getByText('Your recording stops')).toHaveCount(times);
  }
});
