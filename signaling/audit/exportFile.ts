// An export as a file: written beside its name and checked before it takes that.
import { createReadStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePrivateFile, flush } from '../storage/privateFile.ts';
import { readPublicKey } from './AuditKey.ts';
import type { AuditRecord } from './chain.ts';
import { CSV_HEADER, type Format, lineOf } from './lines.ts';
import { AuditFault, MAX_LINE, type Verified, verifyLines } from './verify.ts';

const LINES_AT_ONCE = 1_000;

export const formatOf = (file: string): Format => (file.toLowerCase().endsWith('.csv') ? 'csv' : 'jsonl');

/** Never replaces a file. The file is there also when it does not verify: then it is evidence, and AuditFault is thrown. */
export async function exportTo(
  file: string,
  records: AsyncIterable<AuditRecord>,
  publicKey: string,
): Promise<Verified> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await ensurePrivateFile(partial);
    await write(partial, records, formatOf(file));
    await link(partial, file);
    await flush(dirname(file));
  } finally {
    await rm(partial, { force: true });
  }
  return verifyFile(file, publicKey);
}

/** `publicKey`: 32 bytes in base64url. Throws AuditFault. */
export async function verifyFile(file: string, publicKey: string): Promise<Verified> {
  const key = readPublicKey(publicKey);
  if (!key) throw new AuditFault('The public key is none: expected 43 characters of base64url.');
  const input = createReadStream(file, 'utf8');
  try {
    return await verifyLines(linesOf(input), key);
  } finally {
    input.destroy();
  }
}

/** Ended by \n alone: Node's readline breaks lines at U+2028, too, which JSON may have in a text. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) break;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function write(file: string, records: AsyncIterable<AuditRecord>, format: Format): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    let lines = format === 'csv' ? [CSV_HEADER] : [];
    const flushLines = async () => {
      await handle.writeFile(lines.map((line) => `${line}\n`).join(''));
      lines = [];
    };
    for await (const record of records) {
      lines.push(lineOf(record, format));
      if (lines.length >= LINES_AT_ONCE) await flushLines();
    }
    await flushLines();
    await handle.sync();
  } finally {
    await handle.close();
  }
}
