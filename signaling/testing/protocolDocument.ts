// Writes the reference part of docs/protocol.md from the tables: `node signaling/testing/protocolDocument.ts`. A test compares.
import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { errors } from '../protocol/errors.ts';
import { ConsumerId, Epoch, RoomId } from '../protocol/ids.ts';
import * as limits from '../protocol/limits.ts';
import { Offer, Slot } from '../protocol/media.ts';
import { pushes } from '../protocol/pushes.ts';
import { Arrival, Claim, LoggedCommit, peerStates, requests } from '../protocol/requests.ts';
import {
  DtlsParameters,
  IceParameters,
  RtpCapabilities,
  RtpParameters,
  TransportOptions,
} from '../protocol/rtp.ts';
import { SfuHello, sfuCommands, sfuReports } from '../protocol/sfu.ts';
import { pushExamples, requestExamples } from './protocolExamples.ts';

export const DOCUMENT = new URL('../../docs/protocol.md', import.meta.url);
const BEGIN = '<!-- Written by signaling/testing/protocolDocument.ts from here; do not edit. -->\n';

/** Written out once, by name everywhere else. Ids of one form are one schema: the field says whose it is. */
const named = new Map<z.ZodMiniType, string>([
  [RoomId, 'Id'],
  [ConsumerId, 'MediaId'],
  [Epoch, 'Epoch'],
  [Slot, 'Slot'],
  [Arrival, 'Arrival'],
  [Claim, 'Claim'],
  [LoggedCommit, 'LoggedCommit'],
  [Offer, 'Offer'],
  [TransportOptions, 'TransportOptions'],
  [IceParameters, 'IceParameters'],
  [DtlsParameters, 'DtlsParameters'],
  [RtpParameters, 'RtpParameters'],
  [RtpCapabilities, 'RtpCapabilities'],
  [SfuHello, 'SfuHello'],
]);

/** The hand-written part of a document, followed by the reference. */
export function withReference(document: string): string {
  const end = document.indexOf(BEGIN);
  return `${end < 0 ? document : document.slice(0, end)}${BEGIN}\n${reference()}`;
}

function reference(): string {
  return [
    `## Version\n\nThis is protocol version **${limits.PROTOCOL_VERSION}**.`,
    section('Limits', table(['name', 'value'], constants())),
    section('States of a peer', peerStates.map((state) => `- \`${state}\``).join('\n')),
    section('Errors', table(['code', 'meaning', 'may be sent again'], errorRows())),
    section(
      'Types',
      block([...named].map(([schema, name]) => `${name} = ${shape(schema, 0, true)}`).join('\n\n')),
    ),
    section('Requests: client → server', Object.entries(requests).map(requestEntry).join('\n\n')),
    section('Pushes: server → client', Object.entries(pushes).map(pushEntry).join('\n\n')),
    section('Commands: signaling → sfu', Object.entries(sfuCommands).map(commandEntry).join('\n\n')),
    section('Reports: sfu → signaling', Object.entries(sfuReports).map(reportEntry).join('\n\n')),
  ]
    .join('\n\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');
}

function constants(): string[][] {
  // Sorted: the order of a module's exports is not the same in all loaders.
  return Object.entries(limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [`\`${name}\``, String(value)]);
}

function errorRows(): string[][] {
  return Object.entries(errors).map(([code, row]) => [`\`${code}\``, row.meaning, row.retry ? 'yes' : 'no']);
}

function requestEntry([name, row]: [string, (typeof requests)[keyof typeof requests]]): string {
  const [req, res] = exampleOf(requestExamples, name);
  return [
    `### \`${name}\`\n`,
    `${whoMay(row)} ${row.doc}\n`,
    block(`request = ${shape(row.req)}\nanswer  = ${shape(row.res)}`),
    `Example: ${code(req)} is answered ${code({ ok: true, data: res })}.`,
  ].join('\n');
}

function whoMay(row: { states: readonly string[]; hostsOnly?: true }): string {
  const states = row.states.map((state) => `\`${state}\``).join(', ');
  return row.hostsOnly ? `States: ${states}; hosts only.` : `States: ${states}.`;
}

function pushEntry([name, row]: [string, (typeof pushes)[keyof typeof pushes]]): string {
  return [
    `### \`${name}\`\n`,
    `${row.doc}\n`,
    block(`data = ${shape(row.data)}`),
    `Example: ${code(exampleOf(pushExamples, name))}.`,
  ].join('\n');
}

function commandEntry([name, row]: [string, (typeof sfuCommands)[keyof typeof sfuCommands]]): string {
  return `### \`${name}\`\n\n${row.doc}\n\n${block(`request = ${shape(row.req)}\nanswer  = ${shape(row.res)}`)}`;
}

function reportEntry([name, row]: [string, (typeof sfuReports)[keyof typeof sfuReports]]): string {
  return `### \`${name}\`\n\n${row.doc}\n\n${block(`data = ${shape(row.data)}`)}`;
}

function exampleOf<T>(examples: Readonly<Record<string, T>>, name: string): T {
  const example = examples[name];
  if (example === undefined) throw new Error(`${name} has no example`);
  return example;
}

/** In TypeScript's notation, with the bounds that TypeScript cannot say. */
function shape(schema: z.core.$ZodType, depth = 0, writtenOut = false): string {
  if (!(schema instanceof z.ZodMiniType)) throw new Error('not a schema of zod/mini');
  const name = writtenOut ? undefined : named.get(schema);
  if (name) return name;
  if (schema instanceof z.ZodMiniObject) return objectShape(schema, depth);
  if (schema instanceof z.ZodMiniArray) {
    return `${wrapped(shape(schema._zod.def.element, depth))}[${range(schema, '')}]`;
  }
  if (schema instanceof z.ZodMiniNullable) return `${shape(schema._zod.def.innerType, depth)} | null`;
  if (schema instanceof z.ZodMiniUnion || schema instanceof z.ZodMiniDiscriminatedUnion) {
    return schema._zod.def.options.map((option) => shape(option, depth)).join(' | ');
  }
  if (schema instanceof z.ZodMiniLiteral) return schema._zod.def.values.map((v) => `'${v}'`).join(' | ');
  if (schema instanceof z.ZodMiniEnum)
    return Object.values(schema._zod.def.entries)
      .map((v) => `'${v}'`)
      .join(' | ');
  if (schema instanceof z.ZodMiniRecord) {
    return `{ [${shape(schema._zod.def.keyType)}]: ${shape(schema._zod.def.valueType)} }`;
  }
  if (schema instanceof z.ZodMiniBoolean) return 'boolean';
  if (schema instanceof z.ZodMiniNumber) return `number${range(schema, ' ')}`;
  if (schema instanceof z.ZodMiniString) return `string${range(schema, ' ')}`;
  // Only bytes.ts makes pipes; its refinement says how many bytes.
  if (schema instanceof z.ZodMiniPipe) return refinementOf(schema).replace('expected ', '');
  throw new Error(`protocolDocument.ts does not know ${schema._zod.def.type}`);
}

function objectShape(schema: z.ZodMiniObject, depth: number): string {
  const fields = Object.entries(schema._zod.def.shape).map(([key, field]) => {
    const optional = field instanceof z.ZodMiniOptional;
    return `${key}${optional ? '?' : ''}: ${shape(optional ? field._zod.def.innerType : field, depth + 1)}`;
  });
  const line = `{ ${fields.join(', ')} }`;
  if (fields.length === 0) return '{}';
  if (line.length < 90 && !line.includes('\n')) return line;
  const indent = '  '.repeat(depth + 1);
  return `{\n${fields.map((field) => `${indent}${field},\n`).join('')}${'  '.repeat(depth)}}`;
}

const wrapped = (text: string) => (text.includes(' ') && !text.startsWith('{') ? `(${text})` : text);

function range(schema: z.ZodMiniType, before: string): string {
  const said = (schema._zod.def.checks ?? []).map(bound).filter((text) => text !== '');
  return said.length > 0 ? `${before}${said.join(', ')}` : '';
}

function bound(check: z.core.$ZodCheck<never>): string {
  if (check instanceof z.core.$ZodCheckMaxLength) return `≤ ${check._zod.def.maximum}`;
  if (check instanceof z.core.$ZodCheckMinLength) return `≥ ${check._zod.def.minimum}`;
  if (check instanceof z.core.$ZodCheckRegex) return `${check._zod.def.pattern}`;
  if (check instanceof z.core.$ZodCheckGreaterThan) return `≥ ${check._zod.def.value}`;
  if (check instanceof z.core.$ZodCheckLessThan) {
    return `${check._zod.def.inclusive ? '≤' : '<'} ${check._zod.def.value}`;
  }
  if (check instanceof z.core.$ZodCheckNumberFormat) return 'whole';
  return '';
}

function refinementOf(schema: z.ZodMiniType): string {
  const result = z.safeParse(schema, new Uint8Array(0));
  const message = result.error?.issues[0]?.message;
  if (!message) throw new Error('bytes without a bound');
  return message;
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`;
}

/** Padded, as the formatter of this repository wants it. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((cells) => (cells[i] ?? '').length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const block = (text: string) => `\`\`\`text\n${text}\n\`\`\`\n`;
const code = (value: unknown) => `\`${JSON.stringify(value, bytesAsText)}\``;

function bytesAsText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `<${value.length} bytes>` : value;
}

if (import.meta.main) await writeFile(DOCUMENT, withReference(await readFile(DOCUMENT, 'utf8')));
