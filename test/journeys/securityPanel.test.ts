// The security panel in a real call: what was compared, who came since, whose lock is closed and why, and what is counted.
import type { Locator } from '@playwright/test';
import { GroupMember } from '../harness/groupMember.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

const changes = (one: Person) => expect(one.byId('checked-state'));
const lockOf = (one: Person, name: string) =>
  one.page.locator(`[data-testid="member-lock"][data-name="${name}"]`);
const countOf = async (numbers: Locator) => Number(await numbers.getAttribute('data-count'));

test('a code that was marked as checked counts as checked until somebody comes or goes, at the one who checked it', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  await grace.sees('Ada', 'live');
  await Promise.all([ada.openSecurity(), grace.openSecurity()]);
  await changes(ada).toHaveAttribute('data-changes', 'unchecked');
  const checked = await ada.safetyCode();
  await ada.byId('mark-checked').click();
  await changes(ada).toHaveAttribute('data-changes', '0');
  await expect(ada.byId('mark-checked')).toHaveCount(0);
  await changes(grace).toHaveAttribute('data-changes', 'unchecked');

  // New keys alone are no change of who is there.
  const epoch = await ada.epoch();
  await ada.byId('refresh-keys').click();
  await expect.poll(() => ada.epoch()).toBeGreaterThan(epoch);
  await changes(ada).toHaveAttribute('data-changes', '0');

  const silent = await GroupMember.join(link, 'Silent');
  await changes(ada).toHaveAttribute('data-changes', '1');
  await expect(ada.byId('checked-state')).toContainText('1 change since you checked');
  await expect(ada.byId('mark-checked')).toBeVisible();
  expect(await ada.safetyCode()).not.toBe(checked);
  await silent.leave();
  await changes(ada).toHaveAttribute('data-changes', '2');
  await expect(ada.page.locator('[data-testid="change"][data-name="Silent"]')).toHaveText([
    /left/,
    /came in/,
  ]);
  await ada.byId('mark-checked').click();
  await changes(ada).toHaveAttribute('data-changes', '0');
});

test('each member has a lock with its reason, and the numbers behind the locks move', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url);
  await ada.openSecurity();
  await expect(ada.byId('member-lock')).toHaveCount(1);
  await grace.joinByLink(link);
  await ada.seesMoving('Grace');
  const silent = await GroupMember.join(link, 'Silent');
  await expect(ada.byId('member-lock')).toHaveCount(3);
  for (const name of ['Ada', 'Grace'])
    await expect(lockOf(ada, name)).toHaveAttribute('data-reason', 'encrypted');
  await expect(lockOf(ada, 'Silent'), 'who sends nothing proves nothing').toHaveAttribute(
    'data-reason',
    'no-frames',
  );

  for (const id of ['frames-encrypted', 'frames-decrypted'] as const) {
    const before = await countOf(ada.byId(id));
    expect(before).toBeGreaterThan(0);
    await expect.poll(() => countOf(ada.byId(id)), id).toBeGreaterThan(before + 50);
  }
  await silent.leave();
  await expect(ada.byId('member-lock')).toHaveCount(2);
});
