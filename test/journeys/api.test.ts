// What the API has for people: the page about it, and the address of a room that a program has made.
import { acceptLink, claimLink, reserveRoom } from '../harness/accounts.ts';
import { axeFindsNothing, fitsItsWidth } from '../harness/axe.ts';
import { expect, test } from '../harness/test.ts';

const PHONE = { width: 390, height: 844 };

test('a room that a program has made is opened by its first host, once; others come by the link that this browser made', async ({
  fragile,
  person,
}) => {
  const admin = await person('Ada');
  const [host, guest] = [await person('Bo', { context: { viewport: PHONE } }), await person('Grace')];
  await acceptLink(admin, claimLink(fragile));
  const url = await reserveRoom(admin, { lobby: false });
  await host.page.goto(url);
  await axeFindsNothing(host.page, 'open');
  await fitsItsWidth(host.page, 'open');
  await host.byId('open-meeting').click();
  await host.enter();
  const link = await host.inviteLink();
  const [address = '', secret = ''] = link.split('#');
  expect(address).toBe(url.replace('/open/', '/r/').split('#')[0]);
  expect(url).not.toContain(secret.slice(0, 10));
  await guest.joinByLink(link);
  await host.sees('Grace', 'live');
  await admin.page.goto(url);
  await admin.byId('open-meeting').click();
  await expect(admin.byId('open-failed')).toHaveText(/Ask them for its link/);
});

test('the page about the API is read on a phone, in the dark, by keyboard, and has no scripts', async ({
  fragile,
  person,
}) => {
  for (const context of [{ viewport: PHONE, colorScheme: 'dark' }, {}] as const) {
    const reader = await person('Ada', { context });
    await reader.page.goto(`${fragile.url}/api/docs`);
    await expect(reader.page.getByRole('heading', { name: 'The API of In Camera' })).toBeVisible();
    await axeFindsNothing(reader.page, 'api docs');
    await fitsItsWidth(reader.page, 'api docs');
    await reader.page.getByRole('link', { name: 'createRoom', exact: true }).focus();
    await reader.page.keyboard.press('Enter');
    await expect(
      reader.page.getByRole('heading', { name: 'POST /api/v1/rooms', exact: true }),
    ).toBeInViewport();
    expect(await reader.page.locator('script').count()).toBe(0);
    await reader.page.screenshot({
      path: test.info().outputPath(`docs-${context.viewport ? 'phone' : 'wide'}.png`),
    });
  }
});
