// The delivery service: one order of commits for everyone, nothing lost, Welcomes only with the winner.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { COMMIT_LOG_LENGTH, PeerId } from '#protocol';
import { defaultLimits } from '../limits.ts';
import { newId } from '../newId.ts';
import {
  addOf,
  at,
  emptyCommit,
  entry,
  eventually,
  join,
  makeMeeting,
  startServer,
  type TestClient,
} from '../testing/testkit.ts';

const tag = () => randomBytes(16);

describe('commits', () => {
  it('race for an epoch: one wins, the other is told EPOCH_TAKEN, everyone hears the winner only', async () => {
    const server = await startServer();
    const { members } = await makeMeeting(server, 3);
    for (let epoch = 2; epoch < 12; epoch++) {
      const outcomes = await Promise.all(
        members.map((member) => member.outcome('group:commit', emptyCommit(epoch))),
      );
      expect(outcomes.toSorted()).toEqual(['EPOCH_TAKEN', 'EPOCH_TAKEN', 'ok']);
      const winner = at(members, outcomes.indexOf('ok'));
      for (const member of members) {
        const heard = await member.hears('group:committed', (commit) => commit.epoch === epoch);
        expect(heard.from).toBe(winner.peerId);
      }
    }
    for (const member of members) {
      const epochs = member
        .all('group:committed')
        .map(({ epoch }) => epoch)
        .filter((epoch) => epoch >= 2);
      expect(epochs).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
  });

  it('for an epoch that has not begun are refused like those for one that is over', async () => {
    const { founder } = await makeMeeting(await startServer(), 1);
    expect(await founder.outcome('group:commit', emptyCommit(1))).toBe('EPOCH_TAKEN');
    expect(await founder.outcome('group:commit', emptyCommit(0))).toBe('ok');
    expect(await founder.outcome('group:commit', emptyCommit(0))).toBe('EPOCH_TAKEN');
  });

  it('release their Welcome only when they win', async () => {
    const server = await startServer();
    const { members, roomId } = await makeMeeting(server, 2);
    const joiner = await join(server, roomId);
    const offers = members.map(() => addOf(1, joiner));
    const outcomes = await Promise.all(members.map((member, i) => member.outcome('group:commit', offers[i])));
    const winner = outcomes.indexOf('ok');
    expect(outcomes.toSorted()).toEqual(['EPOCH_TAKEN', 'ok']);
    const heard = await joiner.hears('group:welcomed');
    expect(heard.epoch).toBe(2);
    expect(Buffer.from(heard.welcome)).toEqual(at(offers, winner).welcome);
    await joiner.settled();
    expect(joiner.all('group:welcomed')).toHaveLength(1);
  });

  it('reach those they add as a Welcome, and every later one as a commit', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner = await join(server, roomId);
    await founder.ask('group:commit', addOf(0, joiner));
    await founder.ask('group:commit', emptyCommit(1));
    await joiner.hears('group:committed');
    expect(joiner.heard.map(({ name }) => name)).toEqual(['group:welcomed', 'group:committed']);
    expect(at(joiner.all('group:committed'), 0).epoch).toBe(1);
  });

  it('that add somebody who is not waiting, or has left, change nothing', async () => {
    const server = await startServer();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const gone = await join(server, roomId);
    await gone.ask('meeting:leave', {});
    const stranger = { ...addOf(1), added: [newId(PeerId)] };
    for (const commit of [addOf(1, at(members, 1)), addOf(1, gone), addOf(1, founder), stranger]) {
      expect(await founder.outcome('group:commit', commit)).toBe('BAD_REQUEST');
    }
    expect(await founder.ask('group:replay', { since: 1 })).toEqual({ epoch: 1, commits: [] });
  });

  it('that add somebody without a Welcome, twice, or carry a Welcome for nobody, change nothing', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner = await join(server, roomId);
    const { welcome, ...without } = addOf(0, joiner);
    for (const commit of [without, addOf(0, joiner, joiner), { ...emptyCommit(0), welcome }]) {
      expect(await founder.outcome('group:commit', commit)).toBe('BAD_REQUEST');
    }
    expect(await founder.outcome('group:commit', addOf(0, joiner))).toBe('ok');
  });
});

/** More than one peer may make in so short a time. */
const manyCommits = { ...defaultLimits, commits: { burst: 100, perSecond: 100 } };

describe('the commit log', () => {
  it('gives a member that was away what it missed, in order, and more than one packet can carry', async () => {
    const { founder } = await makeMeeting(await startServer({ limits: manyCommits }), 1);
    const commits = Array.from({ length: COMMIT_LOG_LENGTH }, (_, epoch) => emptyCommit(epoch));
    for (const commit of commits) await founder.ask('group:commit', commit);
    founder.heard.length = 0;
    const reply = await founder.ask('group:replay', { since: 0 });
    await founder.hears('group:committed', ({ epoch }) => epoch === COMMIT_LOG_LENGTH - 1);
    const all = [...reply.commits, ...founder.all('group:committed')];
    expect(all.map(({ epoch }) => epoch)).toEqual(commits.map(({ epoch }) => epoch));
    expect(all.map(({ commit }) => Buffer.from(commit))).toEqual(commits.map(({ commit }) => commit));
    expect(reply.epoch).toBe(reply.commits.length);
  });

  it('says EPOCH_GONE past its end, and refuses an epoch that has not begun', async () => {
    const { founder } = await makeMeeting(await startServer({ limits: manyCommits }), 1);
    for (let epoch = 0; epoch <= COMMIT_LOG_LENGTH; epoch++) {
      await founder.ask('group:commit', emptyCommit(epoch));
    }
    expect(await founder.outcome('group:replay', { since: 0 })).toBe('EPOCH_GONE');
    expect(await founder.outcome('group:replay', { since: 1 })).toBe('ok');
    expect(await founder.outcome('group:replay', { since: COMMIT_LOG_LENGTH + 2 })).toBe('BAD_REQUEST');
  });
});

describe('a member that cannot follow', () => {
  it('is announced with its new key package, and gets the Welcome instead of the commit that re-adds it', async () => {
    const server = await startServer();
    const { members } = await makeMeeting(server, 3);
    const [founder, lost, third] = [at(members, 0), at(members, 1), at(members, 2)];
    expect(await founder.outcome('group:commit', addOf(2, lost))).toBe('BAD_REQUEST');
    const { keyPackage, linkProof } = entry();
    await lost.ask('group:rejoin', { keyPackage, linkProof });
    expect(await lost.outcome('group:commit', addOf(2, lost))).toBe('BAD_REQUEST');
    for (const member of [founder, third]) {
      const arrival = await member.hears('peer:arrived', ({ peerId, keyPackage: fresh }) => {
        return peerId === lost.peerId && Buffer.from(fresh).equals(keyPackage);
      });
      expect(Buffer.from(arrival.linkProof)).toEqual(linkProof);
    }
    await founder.ask('group:commit', addOf(2, lost));
    expect((await lost.hears('group:welcomed', ({ epoch }) => epoch === 3)).epoch).toBe(3);
    await third.hears('group:committed', ({ epoch }) => epoch === 2);
    await lost.settled();
    expect(lost.all('group:committed').map(({ epoch }) => epoch)).not.toContain(2);
    expect(await founder.outcome('group:commit', addOf(3, lost))).toBe('BAD_REQUEST');
  });

  it('is announced also to those who wait: they may be in before it is added anew', async () => {
    const server = await startServer();
    const { members, roomId } = await makeMeeting(server, 2);
    const joiner = await join(server, roomId);
    const lost = at(members, 1);
    const { keyPackage, linkProof } = entry();
    await lost.ask('group:rejoin', { keyPackage, linkProof });
    expect((await joiner.hears('peer:arrived')).peerId).toBe(lost.peerId);
  });

  it('and is alone founds the group anew', async () => {
    const { founder, meetingId } = await makeMeeting(await startServer(), 1);
    await founder.ask('group:rejoin', entry());
    expect((await founder.hears('group:found')).meetingId).not.toBe(meetingId);
    expect(await founder.outcome('group:commit', emptyCommit(0))).toBe('ok');
  });
});

describe('confirmations', () => {
  it('reach all members at once when the last one that is here has applied the epoch', async () => {
    const server = await startServer();
    const { members } = await makeMeeting(server, 12);
    const tags = new Map(members.map((member) => [member.peerId, tag()]));
    await Promise.all(
      members.map((member) => {
        return member.ask('group:applied', { epoch: 11, tag: tags.get(member.peerId) ?? tag() });
      }),
    );
    for (const member of members) {
      await eventually(() => member.all('group:confirmed').flatMap((news) => news.tags).length).toBe(
        members.length,
      );
      for (const news of member.all('group:confirmed')) {
        expect(news.epoch).toBe(11);
        for (const { peerId, tag: told } of news.tags) expect(Buffer.from(told)).toEqual(tags.get(peerId));
      }
    }
  });

  it('come at once for the first that has applied it, and in batches while others have not yet', async () => {
    const { founder, members } = await makeMeeting(await startServer(), 4);
    for (const member of members.slice(0, 3)) await member.ask('group:applied', { epoch: 3, tag: tag() });
    await eventually(() => at(members, 3).all('group:confirmed').length).toBe(2);
    const told = at(members, 3)
      .all('group:confirmed')
      .map(({ tags }) => tags.map(({ peerId }) => peerId));
    expect(told).toEqual([[founder.peerId], [at(members, 1).peerId, at(members, 2).peerId]]);
  });

  it('of epochs before the previous one are not passed on, of future ones refused', async () => {
    const { founder } = await makeMeeting(await startServer(), 1);
    for (const epoch of [0, 1, 2]) await founder.ask('group:commit', emptyCommit(epoch));
    expect(await founder.outcome('group:applied', { epoch: 4, tag: tag() })).toBe('BAD_REQUEST');
    expect(await founder.outcome('group:applied', { epoch: 1, tag: tag() })).toBe('ok');
    expect(await founder.outcome('group:applied', { epoch: 2, tag: tag() })).toBe('ok');
    expect(await founder.outcome('group:applied', { epoch: 3, tag: tag() })).toBe('ok');
    await founder.hears('group:confirmed', ({ epoch }) => epoch === 3);
    expect(
      founder
        .all('group:confirmed')
        .map(({ epoch }) => epoch)
        .toSorted(),
    ).toEqual([2, 3]);
  });

  it('never reach those who are not in the group', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner: TestClient = await join(server, roomId);
    await founder.ask('group:applied', { epoch: 0, tag: tag() });
    await founder.hears('group:confirmed');
    await founder.ask('group:commit', emptyCommit(0));
    await joiner.settled();
    expect(joiner.heard).toEqual([]);
  });
});
