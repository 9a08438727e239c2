// An admin's rules, set over HTTP, as people meet them: a room that is to end earlier than it was, and guests who are let in no more.
import { acceptLink, auditTypes, claimLink, endOfTheRoom, recorded, rule } from '../harness/accounts.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

/** From a change to its effect in every page. */
const WITHIN_MS = 5_000;
/** Enough to see that the clock has changed, on a busy machine. */
const LEFT_MS = 30_000;
/** To be on the last screen after the end: waking timers, a page to be drawn. */
const LATE_MS = 8_000;

/** Unix ms, as the host panel counts down to it. */
const endsAt = async (host: Person) => Number(await host.byId('time-left').getAttribute('data-ends'));

test('an admin lowers the longest lifetime: the clocks of a running room change, everybody is told, it ends on time, pages have no keys left and the link is dead', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await acceptLink(ada, claimLink(fragile));
  const made = Date.now();
  const link = await ada.createMeeting(fragile.url);
  await grace.joinByLink(link);
  await grace.seesMoving('Ada');
  await ada.act('Grace', 'promote');
  for (const one of [ada, grace]) {
    await one.byId('open-host').click();
    expect(await endsAt(one)).toBeGreaterThan(made + 3_600_000);
  }

  const cap = Math.max(60_000, Date.now() - made + LEFT_MS);
  await rule(ada, { maxLifetimeMs: cap });
  const told = /The server has shortened this room: it now ends in \d+ (seconds|minute)/;
  await Promise.all(
    [ada, grace].map((one) => expect(one.byId('notice')).toHaveText(told, { timeout: WITHIN_MS })),
  );
  const end = await endsAt(ada);
  // From when the server made it, which was a little after `made`.
  expect(end).toBeGreaterThanOrEqual(made + cap);
  expect(end).toBeLessThan(made + cap + 15_000);
  expect(await endsAt(grace)).toBe(end);
  await expect(ada.byId('extend'), 'no host gets beyond it').toHaveCount(0);
  await grace.seesMoving('Ada');

  for (const one of [ada, grace]) {
    await expect(one.byId('ended-reason'), one.name).toHaveAttribute('data-reason', 'expired', {
      timeout: Math.max(0, end - Date.now()) + LATE_MS,
    });
    expect(Date.now(), `${one.name} has not ended early`).toBeGreaterThanOrEqual(end);
    await until(() => one.page.workers().length === 0, { what: () => `no worker at ${one.name}’s page` });
  }
  await grace.page.goto('about:blank');
  await grace.page.goto(link);
  await expect(grace.byId('ended-reason')).toHaveAttribute('data-reason', 'room-over');
  await recorded(ada, ['room:created', 'policy:changed', 'room:expiry-changed', 'meeting:ended']);
  expect(await auditTypes(ada)).toContain('room:expired');
});

test('a host extends a room: both clocks and the server have the later end, a restart keeps it, and the cap bounds it', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await acceptLink(ada, claimLink(fragile));
  await grace.joinByLink(await ada.createMeeting(fragile.url));
  await ada.sees('Grace', 'live');
  await ada.openHost();
  await grace.openSecurity();
  const before = await endsAt(ada);
  expect(await endOfTheRoom(ada)).toBe(before);
  const extend = ada.byId('extend').first();
  const later = before + Number(await extend.getAttribute('data-ms'));
  await extend.click();
  for (const one of [ada, grace])
    await expect(one.byId('time-left'), one.name).toHaveAttribute('data-ends', String(later));
  await expect.poll(() => endOfTheRoom(ada)).toBe(later);
  await recorded(ada, ['room:created', 'host:extended']);

  for (const one of [ada, grace]) one.forgive(/WebSocket connection .* failed/);
  await fragile.signaling.restart();
  await fragile.ready();
  expect(await endOfTheRoom(ada)).toBe(later);
  await grace.seesMoving('Ada');
  await ada.openHost();
  expect(await endsAt(ada), 'the next meeting goes on to it').toBe(later);
  await rule(ada, { maxLifetimeMs: later - before });
  await expect(ada.byId('extend'), 'no host gets beyond what the admin allows').toHaveCount(0, {
    timeout: WITHIN_MS,
  });
});

test('an admin refuses guests: who is in without an account is out within seconds and reads why, and so does whoever opens the link; others stay', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await acceptLink(ada, claimLink(fragile));
  const link = await ada.createMeeting(fragile.url);
  await grace.joinByLink(link);
  await ada.sees('Grace', 'live');

  await rule(ada, { guests: false });
  const reason = grace.byId('ended-reason');
  await expect(reason).toHaveAttribute('data-reason', 'guests-refused', { timeout: WITHIN_MS });
  const heading = grace.page.getByRole('heading', { name: 'This meeting takes no guests' });
  await expect(heading).toBeVisible();
  await expect(reason).toContainText('Sign in on the start page');
  await expect(ada.tile('Grace')).toHaveCount(0);
  expect(await ada.isInCall()).toBe(true);

  await grace.openLink(link);
  await expect(grace.byId('no-guests')).toContainText('This meeting takes no guests');
  await grace.byId('display-name').fill('Grace');
  await grace.byId('join').click();
  await expect(reason).toHaveAttribute('data-reason', 'guests-refused');
  await expect(heading).toBeVisible();
  expect(await ada.names()).toEqual(['Ada']);

  // Whoever has an account is welcome, and is not told otherwise.
  await ada.leave();
  await ada.openLink(link);
  await expect(ada.byId('no-guests')).toHaveCount(0);
  await ada.enter();
  await recorded(ada, ['room:created', 'meeting:started', 'policy:changed', 'policy:put-out']);
});

test('an admin shortens the life of chat messages, then forbids the chat: pages follow within seconds, and no host can undo it', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await acceptLink(ada, claimLink(fragile));
  await grace.joinByLink(await ada.createMeeting(fragile.url));
  await ada.sees('Grace', 'live');
  await grace.byId('open-chat').click();
  const life = grace.byId('chat-panel').getByText(/End-to-end encrypted/);
  await expect(life).toHaveText(/Gone when the meeting ends/);
  await ada.byId('open-host').click();
  await ada.byId('chat-lifetime').selectOption({ label: '1 hour' });
  await expect(life).toHaveText(/Gone 1 hour after sending/);

  await rule(ada, { chatLifetimeMinutes: 10 });
  await expect(life).toHaveText(/Gone 10 minutes after sending/, { timeout: WITHIN_MS });
  expect(await ada.byId('chat-lifetime').locator('option').allTextContents()).toEqual([
    '1 minute',
    '10 minutes',
  ]);
  await ada.byId('chat-lifetime').selectOption({ label: '1 minute' });
  await expect(life).toHaveText(/Gone 1 minute after sending/);

  await rule(ada, { chat: false });
  await expect(grace.byId('chat-note')).toHaveAttribute('data-hindrance', 'organisation', {
    timeout: WITHIN_MS,
  });
  await expect(grace.byId('chat-input')).not.toBeEditable();
  await expect(ada.byId('chat-switch')).toBeDisabled();
  await expect(ada.byId('chat-switch')).toHaveAttribute('aria-pressed', 'false');
});
