// A host whose network goes for a minute, twice as long as the server keeps its place.
import { setTimeout as wait } from 'node:timers/promises';
import { Cable } from '../harness/net.ts';
import { agreedCode, NETWORK_NOISE } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

const CUT_MS = 60_000;

test.setTimeout(CUT_MS + 240_000);

test('a host who was cut off for 60 s, longer than its place is held, comes back as the host, past its own lobby, with nobody touching anything', async ({
  installation,
  person,
}) => {
  const cable = await Cable.to(installation.port);
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  ada.forgive(NETWORK_NOISE);
  const link = await ada.createMeeting(`http://127.0.0.1:${cable.port}`, { lobby: true });
  await grace.knock(link.replace(`:${cable.port}/`, `:${installation.port}/`));
  await ada.admit('Grace');
  await grace.sees('Ada', 'live');
  cable.cut();
  const mended = wait(CUT_MS);
  await ada.connection('reconnecting');
  await expect(grace.tile('Ada'), 'her place is given up').toHaveCount(0, { timeout: CUT_MS });
  await mended;
  cable.mend();
  await ada.sees('Grace', 'live', 30_000);
  await grace.sees('Ada', 'live');
  await expect(ada.byId('open-host')).toBeVisible();
  await agreedCode([ada, grace]);
  cable.close();
});
