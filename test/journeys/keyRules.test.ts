// Rules of an admin that are about keys: only verified people, and no weaker cipher suite. Both while a meeting runs.
import { acceptLink, auditTypes, claimLink, rule } from '../harness/accounts.ts';
import { agreedCode } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

/** From a change to its effect in every page. */
const WITHIN_MS = 5_000;
const X25519 = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';
const X_WING = 'MLS_256_XWING_AES256GCM_SHA512_Ed25519';

test('an admin wants verified people only: guests are back at the door, and come in once the host has compared their key', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await acceptLink(ada, claimLink(fragile));
  const link = await ada.createMeeting(fragile.url);
  await grace.joinByLink(link);
  await ada.sees('Grace', 'live');

  await rule(ada, { verifiedOnly: true });
  const again = grace.byId('lobby-again');
  await expect(again).toHaveAttribute('data-why', 'verification-required', { timeout: WITHIN_MS });
  await expect(ada.tile('Grace')).toHaveCount(0);
  expect(await ada.isInCall()).toBe(true);
  const knock = ada.knockOf('Grace');
  await expect(knock.getByTestId('admit'), 'no way in but by comparing').toHaveCount(0);
  await knock.getByTestId('compare').click();
  const digits = async (id: string, at: typeof ada) =>
    ((await at.byId(id).textContent()) ?? '').replace(/\D/g, '');
  expect(await digits('their-fingerprint', ada)).toMatch(/^\d{20}$/);
  expect(await digits('their-fingerprint', ada)).toBe(await digits('own-fingerprint', grace));
  await ada.byId('compare-confirm').click();
  await expect(knock).toHaveAttribute('data-mark', 'verified');
  await ada.admit('Grace');
  await grace.seesMoving('Ada');

  await ada.openHost();
  for (const id of ['verified-only', 'lobby-toggle']) {
    await expect(ada.byId(id)).toBeDisabled();
    await expect(ada.byId(id)).toHaveAttribute('aria-pressed', 'true');
  }
  // Her device is known now, and her ticket says so.
  await grace.page.reload();
  await grace.seesMoving('Ada');
  expect(await auditTypes(ada)).toEqual(expect.arrayContaining(['policy:changed', 'policy:put-out']));
});

test('an admin wants post-quantum keys: a meeting without them begins anew by itself, with them, and so do the rooms of whoever chooses them', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await acceptLink(ada, claimLink(fragile));
  await grace.joinByLink(await ada.createMeeting(fragile.url));
  await grace.seesMoving('Ada');
  const suite = async (at: typeof ada) => {
    await at.openSecurity();
    return at.byId('suite').textContent();
  };
  for (const one of [ada, grace]) expect(await suite(one)).toContain(X25519);

  await rule(ada, { minimumSuite: 'x-wing' });
  const gone = (one: typeof ada) =>
    expect(one.byId('suite'), one.name).toHaveCount(0, { timeout: WITHIN_MS });
  await Promise.all([ada, grace].map(gone));
  for (const one of [ada, grace]) {
    await expect(one.tile(one.name)).toBeVisible({ timeout: 20_000 });
    expect(await suite(one)).toContain(X_WING);
  }
  await grace.seesMoving('Ada');
  await ada.seesMoving('Grace');
  await agreedCode([ada, grace]);

  await rule(ada, {});
  await Promise.all([ada.leave(), grace.leave()]);
  await ada.page.goto(fragile.url);
  await expect(ada.byId('quantum-choice')).toBeEnabled();
  await ada.byId('quantum-choice').check();
  await ada.byId('create-meeting').click();
  await expect(ada.byId('join')).toBeEnabled();
  const chosen = ada.page.url();
  await ada.enter();
  await grace.knock(chosen);
  await ada.admit('Grace');
  await grace.seesMoving('Ada');
  expect(await suite(grace)).toContain(X_WING);
});
