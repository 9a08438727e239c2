// The tables, their examples and docs/protocol.md agree.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { DOCUMENT, withReference } from '../testing/protocolDocument.ts';
import { pushExamples, requestExamples } from '../testing/protocolExamples.ts';
import { errors } from './errors.ts';
import * as limits from './limits.ts';
import { pushes } from './pushes.ts';
import { peerStates, requests } from './requests.ts';
import { sfuCommands, sfuReports } from './sfu.ts';

const document = await readFile(DOCUMENT, 'utf8');

/** First cells, or headings, of a section of the document. */
function named(section: string, pattern: RegExp): string[] {
  const body = document.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...body.matchAll(pattern)].map((match) => match[1] ?? '');
}
const HEADING = /^### `([^`]+)`$/gm;
const ROW = /^\| `([^`]+)` +\|/gm;
const ITEM = /^- `([^`]+)`$/gm;

describe('docs/protocol.md', () => {
  it('is what its generator writes today (node signaling/testing/protocolDocument.ts)', () => {
    expect(document).toBe(withReference(document));
  });

  it.each([
    ['Requests: client → server', HEADING, Object.keys(requests)],
    ['Pushes: server → client', HEADING, Object.keys(pushes)],
    ['Commands: signaling → sfu', HEADING, Object.keys(sfuCommands)],
    ['Reports: sfu → signaling', HEADING, Object.keys(sfuReports)],
    ['Errors', ROW, Object.keys(errors)],
    ['Limits', ROW, Object.keys(limits)],
    ['States of a peer', ITEM, [...peerStates]],
  ])('lists exactly what the tables have: %s', (section, pattern, names) => {
    expect(names.length).toBeGreaterThan(0);
    expect(named(section, pattern).toSorted()).toEqual(names.toSorted());
  });

  it('shows the value of every limit', () => {
    for (const [name, value] of Object.entries(limits)) {
      expect(document).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${value} +\\|$`, 'm'));
    }
  });

  it('uses no name in its prose that the tables do not have', () => {
    const tables = { ...requests, ...pushes, ...sfuCommands, ...sfuReports };
    const mentioned = [...document.matchAll(/`([a-z]+:[a-z]+)`/g)].map((match) => match[1] ?? '');
    expect(mentioned.length).toBeGreaterThan(50);
    expect(mentioned.filter((name) => !Object.hasOwn(tables, name))).toEqual([]);
    const codes = [...document.matchAll(/`([A-Z]+_[A-Z]+)`/g)].map((match) => match[1] ?? '');
    expect(codes.filter((code) => !Object.hasOwn(errors, code) && !Object.hasOwn(limits, code))).toEqual([]);
  });
});

describe('the examples', () => {
  const cases = [
    ...Object.entries(requestExamples).map(([name, [req]]) => ['request', name, req] as const),
    ...Object.entries(requestExamples).map(([name, [, res]]) => ['answer', name, res] as const),
    ...Object.entries(pushExamples).map(([name, data]) => ['push', name, data] as const),
  ];
  const schemas = new Map<string, z.ZodMiniType>([
    ...Object.entries(requests).map(([name, row]): [string, z.ZodMiniType] => [`request ${name}`, row.req]),
    ...Object.entries(requests).map(([name, row]): [string, z.ZodMiniType] => [`answer ${name}`, row.res]),
    ...Object.entries(pushes).map(([name, row]): [string, z.ZodMiniType] => [`push ${name}`, row.data]),
  ]);

  it.each(cases)('%s %s follows its own table', (kind, name, value) => {
    const schema = schemas.get(`${kind} ${name}`);
    expect(schema && z.safeParse(schema, value).error).toBeUndefined();
    expect(schema && z.safeParse(schema, { ...value, more: 1 }).success).toBe(false);
  });
});
