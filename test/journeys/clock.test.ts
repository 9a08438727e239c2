// A computer whose clock is wrong: its person is told what is wrong, by how much, and goes on if that does no harm.
import { expect, test } from '../harness/test.ts';

/** The page's own clock; what a worker thinks of the time has no part in the notice. */
function clockAhead(minutes: number): void {
  const real = Date.now;
  Date.now = () => real() + minutes * 60_000;
}

test('a computer whose clock is wrong says so before the call and in it, and one whose clock is right does not', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.page.addInitScript(clockAhead, -40);
  const link = await ada.createMeeting(installation.url);
  await expect(ada.byId('clock-notice')).toHaveCount(0);
  await grace.openLink(link);
  await expect(grace.byId('clock-notice')).toContainText(/clock is (39|40|41) minutes behind the server’s/);
  await grace.enter();
  await grace.openSecurity();
  await expect(grace.byId('warning')).toContainText('minutes behind the server’s');
  await ada.openSecurity();
  await expect(ada.byId('warning')).toHaveCount(0);
});
