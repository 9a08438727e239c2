// A host's own devices: another one becomes host of the room by the digits that the first one shows, and is never locked out.
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { holds } from '../harness/until.ts';

/** Types digits at the door, as a person who reads them from the other screen. */
async function claim(device: Person, code: string): Promise<void> {
  if ((await device.byId('delegate-code').count()) === 0) await device.byId('delegate-open').click();
  await device.byId('delegate-code').fill(code);
  await device.byId('delegate-send').click();
}

test('a host opens the room on another device, is host there by the 20 digits of the first, and is never locked out by the own lobby', async ({
  installation,
  person,
}) => {
  const [ada, phone, grace] = [await person('Ada'), await person('Phone'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await phone.knock(link);
  await expect(ada.knockOf('Phone')).toBeVisible();
  await ada.byId('open-host').click();
  await ada.byId('start-delegation').click();
  const code = ((await ada.byId('delegation-code').textContent()) ?? '').trim();
  expect(code.replace(/\D/g, '')).toHaveLength(20);

  await claim(phone, code);
  await phone.seesMoving('Ada');
  await expect(ada.knockOf('Phone'), 'nobody had to admit it').toHaveCount(0);
  await expect(ada.tile('Phone').getByTestId('host-badge')).toBeVisible();
  await expect(phone.tile('Phone').getByTestId('host-badge')).toBeVisible();

  await grace.knock(link);
  await phone.admit('Grace');
  await grace.seesMoving('Phone');
  await expect(grace.tile('Phone').getByTestId('host-badge')).toBeVisible();

  // Of the room, not only of this meeting: it comes back without a knock, with nobody there to let it in.
  await grace.leave();
  await ada.leave();
  await phone.leave();
  await phone.joinByLink(link);
  await expect(phone.tile('Phone').getByTestId('host-badge')).toBeVisible();
  await ada.joinByLink(link);
  await expect(ada.tile('Phone').getByTestId('host-badge')).toBeVisible();
});

test('another device that the link has let in becomes a host by the digits, typed under People', async ({
  installation,
  person,
}) => {
  const [ada, phone] = [await person('Ada'), await person('Phone')];
  const link = await ada.createMeeting(installation.url);
  await phone.joinByLink(link);
  await phone.seesMoving('Ada');
  await ada.byId('open-host').click();
  await ada.byId('start-delegation').click();
  const code = ((await ada.byId('delegation-code').textContent()) ?? '').trim();
  await phone.byId('open-roster').click();
  await claim(phone, code);
  await expect(ada.tile('Phone').getByTestId('host-badge')).toBeVisible();
  await expect(phone.byId('open-host')).toBeVisible();
  await expect(phone.byId('delegate-open'), 'a host has nothing to claim').toHaveCount(0);

  // Of the room: with nobody there to let it in, and no meeting to come into.
  await ada.leave();
  await phone.leave();
  await phone.joinByLink(link);
  await expect(phone.tile('Phone').getByTestId('host-badge')).toBeVisible();
});

test('digits that are wrong, or have been used, make nobody a host', async ({ installation, person }) => {
  const [ada, phone, mallory] = [await person('Ada'), await person('Phone'), await person('Mallory')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await phone.knock(link);
  await mallory.knock(link);
  await ada.byId('open-host').click();
  await ada.byId('start-delegation').click();
  const code = ((await ada.byId('delegation-code').textContent()) ?? '').trim();
  const wrong = code.replace(/\d/g, (digit) => `${9 - Number(digit)}`);
  await claim(mallory, wrong);
  await ada.openSecurity();
  await expect(ada.byId('warnings')).toContainText(/code/i);
  await expect(ada.knockOf('Mallory')).toBeVisible();
  expect(await ada.names()).toEqual(['Ada']);

  await claim(phone, code);
  await ada.sees('Phone', 'live');
  await mallory.atTheDoor('waiting');
  await claim(mallory, code);
  const staysOut = async () => (await ada.names()).join() === 'Ada,Phone';
  await holds(staysOut, 3_000, 'nobody is let in by used digits');
  await mallory.atTheDoor('waiting');
  await expect(ada.knockOf('Mallory')).toBeVisible();
});
