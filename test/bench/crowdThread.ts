// A thread full of simulated members: each one is the product's group code on a socket of its own.
import { parentPort } from 'node:worker_threads';
import { GroupMember } from '../harness/groupMember.ts';
import { until } from '../harness/until.ts';
import type { CrowdCommand, CrowdReport, MemberState } from './crowdMessages.ts';

const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');

const members = new Map<string, GroupMember>();
const aside: GroupMember[] = [];

/** The wall clock that all threads share, finer than Date.now(). */
const now = () => performance.timeOrigin + performance.now();
const shared = (at: number) => performance.timeOrigin + at;

async function found(origin: string, name: string): Promise<string> {
  const { member, link } = await GroupMember.found(origin, name);
  members.set(name, member);
  return link;
}

async function join(link: string, names: readonly string[]): Promise<void> {
  const entering = names.map(async (name) => members.set(name, await GroupMember.enter(link, name)));
  await Promise.all(entering);
}

async function leave(name: string): Promise<number> {
  const member = members.get(name);
  if (!member) throw new Error(`${name} is not here`);
  members.delete(name);
  const at = now();
  await member.leave();
  return at;
}

function setAside(name: string): void {
  const member = members.get(name);
  if (!member) throw new Error(`${name} is not here`);
  members.delete(name);
  aside.push(member);
}

function stateOf([name, member]: [string, GroupMember]): MemberState {
  return {
    name,
    epoch: member.epoch,
    size: member.view?.members.length ?? 0,
    settled: member.view?.settled ?? false,
    lowestLeaf: member.view?.members.find((m) => m.self)?.leaf === 0,
    faults: member.faults,
    refused: member.refused.length,
  };
}

async function answer(command: CrowdCommand): Promise<unknown> {
  if (command.do === 'found') return found(command.origin, command.name);
  if (command.do === 'join') return join(command.link, command.names);
  if (command.do === 'leave') return leave(command.name);
  if (command.do === 'set-aside') return setAside(command.name);
  if (command.do === 'state') return [...members].map(stateOf);
  if (command.do === 'commits') return [...members.values()].flatMap((m) => m.commits.splice(0));
  if (command.do === 'without') {
    const { name } = command;
    const all = () => [...members.values()].every((m) => m.gone.has(name));
    await until(all, { timeoutMs: 60_000, everyMs: 2, what: () => `all on an epoch without ${name}` });
    return shared(Math.max(0, ...[...members.values()].map((m) => m.gone.get(name) ?? 0)));
  }
  for (const member of [...members.values(), ...aside.splice(0)]) member.client.close();
  members.clear();
  return undefined;
}

port.on('message', ({ id, command }: { id: number; command: CrowdCommand }) => {
  const report = (r: CrowdReport) => port.postMessage(r);
  answer(command).then(
    (value) => report({ id, ok: true, value }),
    (error: unknown) => report({ id, ok: false, message: String(error) }),
  );
});
