import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { AskedThread } from './askedThread.ts';

/** Runs `react` on each command; it can use `port`, `id` and `command`. */
const thread = (react: string) =>
  new AskedThread(
    new Worker(
      `const { parentPort: port } = require('node:worker_threads');
       port.on('message', ({ id, command }) => { ${react} });`,
      { eval: true },
    ),
  );

const answering = "port.postMessage({ id, ok: true, value: command.do + '!' })";
const onLeave = (dies: string) => `if (command.do === 'leave') ${dies}`;
const leave = { do: 'leave', name: 'Ada' } as const;

describe('a thread that is asked', () => {
  it('answers, each question its own, and ends', async () => {
    const asked = thread(answering);
    const answers = [asked.ask({ do: 'state' }), asked.ask({ do: 'commits' })];
    expect(await Promise.all(answers)).toEqual(['state!', 'commits!']);
    await asked.end();
    await expect(asked.ask({ do: 'state' })).rejects.toThrow('ended with exit code');
  });

  it('rejects what the thread could not do, and goes on', async () => {
    const asked = thread(
      `command.do === 'leave' ? port.postMessage({ id, ok: false, message: 'no Ada' }) : ${answering}`,
    );
    await expect(asked.ask(leave)).rejects.toThrow('no Ada');
    expect(await asked.ask({ do: 'state' })).toBe('state!');
    await asked.end();
  });

  it.each([
    ['ends', 'process.exit(7)', 'The thread has ended with exit code 7.'],
    ['throws', "throw new Error('out of sockets')", 'The thread has broken: Error: out of sockets.'],
  ])(
    'that %s rejects all that was asked and all that is asked then; its end is no failure',
    async (_, dies, why) => {
      const asked = thread(onLeave(dies));
      const open = [asked.ask({ do: 'state' }), asked.ask({ do: 'commits' }), asked.ask(leave)];
      const outcomes = await Promise.allSettled(open);
      expect(outcomes).toEqual(open.map(() => ({ status: 'rejected', reason: new Error(why) })));
      await expect(asked.ask({ do: 'state' })).rejects.toThrow(why);
      await asked.end();
    },
  );
});
