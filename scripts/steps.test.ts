import { describe, expect, it } from 'vitest';
import { runSteps } from './steps.ts';

describe('npm run check', () => {
  const step = (name: string, code: number | null, ...lines: string[]) => ({
    name,
    run: async () => ({ code, lines }),
  });

  it('runs every step, also after one failed, and names each with its result', async () => {
    const said: string[] = [];
    const list = [
      step('a', 1, 'a is wrong'),
      step('b', 0, 'noise'),
      step('c', null, 'c was killed'),
      step('d', 0),
    ];
    expect(await runSteps(list, (line) => said.push(line))).toBe(2);
    const results = said.filter((line) => !line.startsWith(' ')).map((line) => line.replace(/ \(.*/, ''));
    expect(results.toSorted()).toEqual(['FAILED a', 'FAILED c', 'ok     b', 'ok     d']);
    expect(said.join('\n')).toContain('a is wrong');
    expect(said.join('\n')).not.toContain('noise');
  });
});
