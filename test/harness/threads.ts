// CPU time of single threads of another process, from Linux's /proc: the only clock that tells one worker from another.
import { readdirSync, readFileSync } from 'node:fs';

export interface Thread {
  pid: number;
  tid: number;
  name: string;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Processes and threads end while we look.
    return undefined;
  }
}

function numbersIn(path: string): number[] {
  try {
    return readdirSync(path).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // "pid (name) state ppid …"; the name may hold anything.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** `root` and everything that it started. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of numbersIn('/proc')) {
    const parent = parentOf(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

export function threadsOf(pid: number): Thread[] {
  return numbersIn(`/proc/${pid}/task`).map((tid) => ({
    pid,
    tid,
    name: read(`/proc/${pid}/task/${tid}/comm`)?.trim() ?? '',
  }));
}

/** Microseconds on a CPU so far; undefined when the thread is gone. Kernels show it in one of three places. */
export function cpuMicros({ pid, tid }: Thread): number | undefined {
  const task = `/proc/${pid}/task/${tid}`;
  const schedstat = read(`${task}/schedstat`);
  if (schedstat !== undefined) return Number(schedstat.split(' ')[0]) / 1_000;
  const runtime = /^se\.sum_exec_runtime\s*:\s*([\d.]+)/m.exec(read(`${task}/sched`) ?? '')?.[1];
  if (runtime !== undefined) return Number(runtime) * 1_000;
  const stat = read(`${task}/stat`);
  if (stat === undefined) return undefined;
  // Ticks of 10 ms: coarse, but right on average over many windows.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
