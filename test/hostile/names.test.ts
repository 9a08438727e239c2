// Names: a server cannot change them, for it has none in clear; a member who bypasses the page cannot make them harmful.
import { RequestRefused } from '../harness/rawClient.ts';
import { until } from '../harness/until.ts';
import { Liar } from './liar.ts';
import { pushed, said } from './pages.ts';
import { about } from './relay.ts';
import { warned } from './seen.ts';
import { expect, test } from './test.ts';

/** What cannot be seen, or turns the text around it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800\u3164]/u;

test('names with script, bidi overrides and zero-width characters from a member that bypasses the page are shown as harmless text', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const link = await ada.createMeeting(installation.url);
  const title = await ada.page.title();
  const script = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  const names = [
    script,
    'Grace\u202Egnp.exe\u202C',
    'A\u200Bd\u2060a\u00AD',
    '\u2067\u3164Mal\u0000lory\u2069\n',
  ];
  const shown = [script, 'Gracegnp.exe', 'Ada', 'Mallory'];
  const liars: Liar[] = [];
  for (const name of names) {
    const liar = await Liar.enter(link, name);
    await liar.welcomed;
    liars.push(liar);
  }
  await until(async () => (await ada.names()).length === 5, { what: () => 'five tiles' });
  expect(await ada.names()).toEqual(['Ada', ...shown].sort());
  await ada.byId('open-roster').click();
  const texts = (await ada.page.locator('main, body').first().textContent()) ?? '';
  expect(texts).toContain(script);
  expect(texts.replaceAll(/[\n\t]/g, ''), 'nothing unseen anywhere on the page').not.toMatch(UNSEEN);
  // Trusted Types and the page's policy stand behind this, and would be seen as complaints of the page.
  expect(await ada.page.locator('img').count(), 'elements made of names').toBe(0);
  expect(await ada.page.title()).toBe(title);
  // Who calls herself Ada, too, is still somebody else by her key.
  const fingerprints = await ada
    .byId('roster-item')
    .evaluateAll((all) => all.map((e) => e.getAttribute('data-fingerprint')));
  expect(new Set(fingerprints).size).toBe(5);
  for (const liar of liars) await liar.leave();
});

test('a name of 300 bytes keeps its bearer out, with a word to the members, and one of 10 kB does not get past the server', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const link = await ada.createMeeting(installation.url);
  const long = await Liar.enter(link, 'M'.repeat(300));
  await warned(ada, ['announced somebody who was not let in', 'its name does not open']);
  expect(await ada.names()).toEqual(['Ada']);
  const longer = await Liar.enter(link, 'M'.repeat(10_000)).catch((error: unknown) => error);
  expect(longer).toBeInstanceOf(RequestRefused);
  expect((longer as RequestRefused).code).toBe('BAD_REQUEST');
  await long.leave();
});

test('a server cannot change the name of somebody who comes in: there is none in clear to change, an altered key package or peer id is refused, and she comes in under her own', async ({
  meet,
  person,
  relay,
}) => {
  const [ada, joan] = [await person('Ada'), await person('Joan')];
  const link = await meet([ada]);
  const altered = 24;
  const stop = relay.rule(
    about({ kind: 'push', name: 'peer:arrived', who: 'Ada' }, (event, pass) => {
      const arrival = pushed('peer:arrived', event);
      expect(Buffer.from(arrival.keyPackage).includes('Joan'), 'her name in clear').toBe(false);
      const { length } = arrival.keyPackage;
      for (let i = 0; i < altered; i++) {
        const keyPackage = Buffer.from(arrival.keyPackage);
        const at = Math.floor((i * length) / altered);
        keyPackage[at] = (keyPackage[at] ?? 0) ^ 0x20;
        pass({ ...event, args: [{ ...arrival, keyPackage, linkProof: Buffer.from(arrival.linkProof) }] });
      }
      const bytes = {
        keyPackage: Buffer.from(arrival.keyPackage),
        linkProof: Buffer.from(arrival.linkProof),
      };
      pass({ ...event, args: [{ ...bytes, peerId: 'x'.repeat(21).concat('A') }] });
      pass({ ...event, args: [{ ...bytes, peerId: arrival.peerId, name: 'Mallory' }] });
    }),
  );
  await joan.openLink(await relay.through('Joan', link));
  const entering = joan.enter();
  await until(async () => (await said(ada, 'refused')) === altered + 1, {
    what: () => 'every altered arrival to be refused',
  });
  await warned(ada, ['not part of the protocol']);
  await warned(ada, ['announced somebody who was not let in']);
  expect(await ada.names()).toEqual(['Ada']);
  stop();
  const [real] = relay.heard.filter((s) => s.name === 'peer:arrived' && s.line.who === 'Ada');
  relay.line('Ada').push('peer:arrived', ...(real?.args ?? []));
  await entering;
  expect(await ada.names()).toEqual(['Ada', 'Joan']);
  await ada.seesMoving('Joan');
});
