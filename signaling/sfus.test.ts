// Who may be an sfu: only a process that knows the secret and speaks our version.
import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '#protocol';
import { FakeSfu } from './testing/FakeSfu.ts';
import { eventually, FakeClock, makeMeeting, startServer } from './testing/testkit.ts';

describe('the /sfu namespace', () => {
  it('refuses a wrong secret, and logs that once a minute without showing it', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const refusals = () => server.logLines.filter(({ msg }) => msg === 'an sfu was refused');
    const secret = 'not the right secret at all';
    for (let i = 0; i < 5; i++) {
      await expect(FakeSfu.start(server, { secret })).rejects.toThrow('NOT_ALLOWED');
    }
    expect(refusals()).toHaveLength(1);
    clock.advance(59_000);
    await expect(FakeSfu.start(server, { secret })).rejects.toThrow('NOT_ALLOWED');
    expect(refusals()).toHaveLength(1);
    clock.advance(1_000);
    await expect(FakeSfu.start(server, { secret })).rejects.toThrow('NOT_ALLOWED');
    expect(refusals()).toHaveLength(2);
    expect(JSON.stringify(server.logLines)).not.toContain(secret);
  });

  it.each([
    ['no secret', { secret: undefined }, 'BAD_REQUEST'],
    ['a secret that is no text', { secret: { length: 27 } }, 'BAD_REQUEST'],
    ['another version', { protocol: PROTOCOL_VERSION + 1 }, 'UPGRADE_REQUIRED'],
    [
      'another version in another shape',
      { protocol: PROTOCOL_VERSION + 1, region: 'eu' },
      'UPGRADE_REQUIRED',
    ],
    ['more than the contract says', { region: 'eu' }, 'BAD_REQUEST'],
  ])('refuses %s', async (_what, auth, code) => {
    await expect(FakeSfu.start(await startServer(), auth)).rejects.toThrow(code);
  });

  it('refuses browsers, even with the right secret', async () => {
    const server = await startServer();
    await expect(new FakeSfu().connect(server, {}, { origin: server.url })).rejects.toThrow('NOT_ALLOWED');
  });

  it('has no refusal of more than 64 characters, and the log is not filled with it', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { founder } = await makeMeeting(server, 1);
    const endless = 'X'.repeat(100_000);
    sfu.refuse.set('transport:restart', endless);
    expect(await founder.outcome('media:restart', { direction: 'send' })).toBe('INTERNAL');
    expect(JSON.stringify(server.logLines)).not.toContain(endless.slice(0, 65));
  });

  it('survives reports that nobody understands', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    for (const name of ['__proto__', 'constructor', 'no:such', 'meeting:lost', 'sfu:load', 'error']) {
      sfu.reportRaw(name, { meetingId: 7 });
      sfu.reportRaw(name, null);
    }
    await eventually(
      () => server.logLines.filter(({ msg }) => String(msg).includes('nobody understands')).length,
    ).toBe(12);
    await makeMeeting(server, 1);
    await eventually(() => sfu.named('meeting:open')).toHaveLength(1);
  });
});
