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

describe('every schema of the tables', () => {
  const all: [string, z.ZodMiniType][] = [
    ...Object.entries(requests).flatMap(([name, row]): [string, z.ZodMiniType][] => [
      [`request ${name}`, row.req],
      [`answer ${name}`, row.res],
    ]),
    ...Object.entries(pushes).map(([name, row]): [string, z.ZodMiniType] => [`push ${name}`, row.data]),
    ...Object.entries(sfuCommands).flatMap(([name, row]): [string, z.ZodMiniType][] => [
      [`command ${name}`, row.req],
      [`result ${name}`, row.res],
    ]),
    ...Object.entries(sfuReports).map(([name, row]): [string, z.ZodMiniType] => [`report ${name}`, row.data]),
  ];

  it.each(all)(
    '%s bounds every text, list and array of bytes in it, and has strict objects only',
    (_, schema) => {
      expect(unbounded(schema)).toEqual([]);
    },
  );

  it('is seen to be unbounded where it is', () => {
    const bad = z.strictObject({
      text: z.string(),
      list: z.array(z.strictObject({ open: z.object({}) })),
      bytes: z.custom<Uint8Array>((v) => v instanceof Uint8Array),
      good: z.array(z.string().check(z.maxLength(3))).check(z.maxLength(2)),
    });
    expect(unbounded(bad)).toEqual(['.text', '.list', '.list[].open', '.bytes']);
  });
});

const ENDLESS = new Uint8Array(2 ** 24);

/** Paths to what may be as large as the sender likes, by zod's own description of a schema. */
function unbounded(schema: z.core.$ZodType, path = ''): string[] {
  const def = schema._zod.def as z.core.$ZodTypeDef & { readonly [part: string]: unknown };
  const checks = ((def.checks ?? []) as z.core.$ZodCheck[]).map((check) => check._zod.def.check);
  const below = (one: unknown, at = path) => unbounded(one as z.core.$ZodType, at);
  const isBounded = checks.some((check) => ['max_length', 'length_equals', 'string_format'].includes(check));
  switch (def.type) {
    case 'string':
      return isBounded || 'format' in def ? [] : [path];
    case 'array':
      return [...(isBounded ? [] : [path]), ...below(def.element, `${path}[]`)];
    case 'object': {
      const isStrict = (def.catchall as z.core.$ZodType | undefined)?._zod.def.type === 'never';
      const shape = Object.entries(def.shape as Record<string, unknown>);
      return [...(isStrict ? [] : [path]), ...shape.flatMap(([name, one]) => below(one, `${path}.${name}`))];
    }
    // Bytes (bytes.ts): what they bound is a function.
    case 'pipe':
    case 'custom':
      return z.safeParse(schema, ENDLESS).success ? [path] : [];
    case 'union':
      return (def.options as unknown[]).flatMap((one) => below(one));
    case 'optional':
    case 'nullable':
    case 'readonly':
      return below(def.innerType);
    case 'record':
      return [...below(def.keyType, `${path}{key}`), ...below(def.valueType, `${path}{}`)];
    case 'number':
    case 'boolean':
    case 'literal':
    case 'enum':
    case 'null':
      return [];
    default:
      return [`${path}: ${def.type}, which this test does not know`];
  }
}
