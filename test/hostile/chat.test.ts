// A server that meddles with what people write: it repeats, reorders, drops and alters it, and sees only bytes.
import type { Person } from '../harness/person.ts';
import { until } from '../harness/until.ts';
import { buffered, haveSettledIn, pushed, pushesTo } from './pages.ts';
import { about, type Said } from './relay.ts';
import { expect, test } from './test.ts';

async function write(one: Person, ...texts: string[]): Promise<void> {
  if ((await one.byId('chat-panel').count()) === 0) await one.byId('open-chat').click();
  for (const text of texts) {
    await one.byId('chat-input').fill(text);
    await one.page.keyboard.press('Enter');
  }
}

/** Name and text of each message on the screen. */
const read = (one: Person): Promise<string[]> =>
  one
    .byId('chat-message')
    .evaluateAll((all) =>
      all.map(
        (m) =>
          `${m.getAttribute('data-name')}: ${m.querySelector('[data-testid="chat-text"]')?.textContent ?? ''}`,
      ),
    );

const altered = (said: Said, at: number): Said => {
  const { message } = pushed('chat:sent', said);
  const bytes = Uint8Array.from(message, (b, i) => (i === at ? b ^ 1 : b));
  return { ...said, args: [buffered({ message: bytes })] };
};

test('a server that repeats, reorders, drops and alters what is written shows nothing twice or under another name; what is altered or gone is told', async ({
  meet,
  person,
  relay,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await meet([ada, grace]);
  await expect(ada.tile('Grace')).toBeVisible();
  // No epoch ends between what is held back and what is not.
  await haveSettledIn(relay, [grace]);
  await grace.byId('open-chat').click();

  // Each three times, and the second before the first.
  const held: (() => void)[] = [];
  const stop = relay.rule(
    about({ kind: 'push', name: 'chat:sent', who: 'Grace' }, (said, pass) => {
      const deliver = () => {
        for (let i = 0; i < 3; i++) pass(said);
      };
      held.push(deliver);
      if (held.length === 2) for (const each of held.toReversed()) each();
    }),
  );
  await write(ada, 'one', 'two');
  await expect.poll(() => read(grace)).toEqual(['Ada: two', 'Ada: one']);
  await expect(grace.byId('chat-lost')).toHaveCount(0);
  stop();

  // One altered in its bytes, one dropped, one as it is.
  let nth = 0;
  const meddle = relay.rule(
    about({ kind: 'push', name: 'chat:sent', who: 'Grace' }, (said, pass) => {
      nth++;
      if (nth === 1) pass(altered(said, pushed('chat:sent', said).message.byteLength - 9));
      if (nth === 3) pass(said);
    }),
  );
  await write(ada, 'three', 'four', 'five');
  await expect.poll(() => read(grace)).toEqual(['Ada: two', 'Ada: one', 'Ada: five']);
  await expect(grace.byId('chat-lost')).toHaveAttribute('data-count', '2');
  meddle();

  // From before, and reflected to who wrote it.
  const all = pushesTo(relay, 'Grace', 'chat:sent');
  for (const { message } of all) {
    relay.line('Grace').push('chat:sent', buffered({ message }));
    relay.line('Ada').push('chat:sent', buffered({ message }));
  }
  await write(grace, 'six');
  await expect
    .poll(() => read(ada))
    .toEqual([...['one', 'two', 'three', 'four', 'five'].map((text) => `Ada: ${text}`), 'Grace: six']);
  // What was held back comes after all, late: it is Ada's, and once.
  await expect.poll(async () => (await read(grace)).filter((line) => line === 'Ada: two').length).toBe(1);
  const now = await read(grace);
  expect(new Set(now).size).toBe(now.length);
  await grace.openSecurity();
  await expect(grace.byId('security')).toContainText('Chat messages were altered on their way');

  // What the server has held of all this.
  const bytes = all.map(({ message }) => Buffer.from(message));
  await until(() => bytes.length === 5, { what: () => 'five messages at the server' });
  for (const each of bytes) expect(each.includes('three')).toBe(false);
  expect(new Set(bytes.map((b) => b.byteLength)).size).toBe(1);
});
