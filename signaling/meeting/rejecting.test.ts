// A commit that has won and that nobody follows: a host has it taken back. What is followed by anybody stays.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { scene, withSecond } from '../testing/hostScene.ts';
import { addOf, emptyCommit, type TestClient } from '../testing/testkit.ts';
import { letIn } from '../testing/wellFormed.ts';

const applied = (who: TestClient, epoch: number) => who.ask('group:applied', { epoch, tag: randomBytes(16) });
const bytes = (commits: readonly { commit: Uint8Array }[]) => commits.map((c) => Buffer.from(c.commit));

describe('host:reject', () => {
  it('takes back the newest commit, puts out its sender, and lets the next one win that epoch', async () => {
    const { host, guest, second, epoch } = await withSecond();
    await guest.ask('group:commit', emptyCommit(epoch));
    // It follows itself.
    await applied(guest, epoch + 1);
    await host.ask('host:reject', { epoch });
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'removed' });
    const told = { epoch, from: guest.peerId };
    for (const one of [host, second]) {
      expect(await one.hears('group:reverted')).toEqual(told);
      expect(await one.hears('peer:left')).toEqual({ peerId: guest.peerId, reason: 'removed' });
    }
    expect(guest.all('group:reverted')).toEqual([]);
    const next = emptyCommit(epoch);
    await second.ask('group:commit', next);
    const log = await host.ask('group:replay', { since: epoch });
    expect(bytes(log.commits)).toEqual([next.commit]);
    expect(await guest.outcome('group:commit', emptyCommit(epoch + 1))).toBe('NOT_ALLOWED');
  });

  it('tells nobody what the sender had said of the epoch that is taken back', async () => {
    const { host, guest, second, epoch } = await withSecond();
    await guest.ask('group:commit', emptyCommit(epoch));
    await applied(guest, epoch + 1);
    await host.ask('host:reject', { epoch });
    await second.ask('group:commit', emptyCommit(epoch));
    await applied(second, epoch + 1);
    const { tags } = await host.hears('group:confirmed', (news) =>
      news.tags.some(({ peerId }) => peerId === second.peerId),
    );
    expect(tags.map(({ peerId }) => peerId)).toEqual([second.peerId]);
  });

  it('takes back what was built on it, too: a second commit on the first does not save it', async () => {
    const { host, guest, second, epoch } = await withSecond();
    for (const at of [epoch, epoch + 1, epoch + 2]) {
      await guest.ask('group:commit', emptyCommit(at));
      await applied(guest, at + 1);
    }
    await host.ask('host:reject', { epoch });
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'removed' });
    await second.settled();
    expect(second.all('group:reverted').map((r) => r.epoch)).toEqual([epoch + 2, epoch + 1, epoch]);
    expect(await host.ask('group:replay', { since: epoch })).toEqual({ epoch, commits: [] });
  });

  it('does nothing where somebody has followed, however much has come since', async () => {
    const { host, guest, second, epoch } = await withSecond();
    await guest.ask('group:commit', emptyCommit(epoch));
    await applied(second, epoch + 1);
    for (const at of [epoch + 1, epoch + 2, epoch + 3]) {
      await guest.ask('group:commit', emptyCommit(at));
      await applied(guest, at + 1);
    }
    await host.ask('host:reject', { epoch });
    await guest.settled();
    expect(guest.all('meeting:ended')).toEqual([]);
    expect((await host.ask('group:replay', { since: epoch })).commits).toHaveLength(4);
  });

  it('sends those back to the door whom the commit had added, whatever they say of it', async () => {
    const all = await scene();
    const { host, guest, epoch } = all;
    const joiner = await letIn(all, all.waiting);
    await guest.ask('group:commit', addOf(epoch, joiner));
    await joiner.hears('group:welcomed');
    await applied(joiner, epoch + 1);
    await host.ask('host:reject', { epoch });
    expect(await joiner.hears('meeting:ended')).toEqual({ reason: 'sent-back' });
    expect(await host.ask('group:replay', { since: epoch })).toEqual({ epoch, commits: [] });
  });

  it('does nothing to a commit that somebody follows, to one that is to come, to one’s own, or to the root host’s', async () => {
    const { host, guest, second, epoch } = await withSecond();
    const untouched = async (by: TestClient, at: number) => {
      const before = await host.ask('group:replay', { since: 1 });
      await by.ask('host:reject', { epoch: at });
      expect(await host.ask('group:replay', { since: 1 })).toEqual(before);
      expect(guest.all('meeting:ended')).toEqual([]);
    };
    await guest.ask('group:commit', emptyCommit(epoch));
    await untouched(host, epoch + 1);
    await applied(second, epoch + 1);
    await untouched(host, epoch);
    await host.ask('group:commit', emptyCommit(epoch + 1));
    await untouched(second, epoch + 1);
    await untouched(host, epoch + 1);
  });
});
