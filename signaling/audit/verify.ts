// Verifies an export line by line: needs the file and the public key, nothing of the server that made it.
import type { KeyObject } from 'node:crypto';
import { isSigned } from './AuditKey.ts';
import {
  CHECKPOINT_EVERY,
  genesis,
  type Head,
  type Row,
  rowFault,
  type Statement,
  statementBody,
} from './chain.ts';
import { CSV_HEADER, type Format, recordOf } from './lines.ts';

/** Says what is wrong, and where. */
export class AuditFault extends Error {
  override readonly name = 'AuditFault';
}

export interface Verified {
  readonly organisation: string;
  /** First and last row in it; none when first > last. */
  readonly first: number;
  readonly last: number;
  /** When the export was made: an older one that is passed off as the newest shows here only. */
  readonly at: number;
  readonly checkpoints: number;
}

/** Longest line. An event is a few hundred bytes. */
export const MAX_LINE = 64 * 1024;

export class Verifier {
  readonly #key: KeyObject;
  #format: Format | undefined;
  #line = 0;
  #head: Head | undefined;
  #first = 1;
  #checkpoints = 0;
  /** The row behind which the last of them stands. */
  #checked = 0;
  #end: Statement | undefined;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  /** Without the line's end. Throws AuditFault. */
  take(line: string): void {
    this.#line += 1;
    if (this.#end) this.#fault('something follows the signed end of the export');
    if (!this.#format && line === CSV_HEADER) {
      this.#format = 'csv';
      return;
    }
    this.#format ??= 'jsonl';
    const record = line.length > MAX_LINE ? undefined : recordOf(line, this.#format);
    if (!record) this.#fault('this is no record, or was changed');
    if (this.#head && record.organisation !== this.#head.organisation)
      this.#fault('this is of another organisation');
    if (record.kind === 'row') this.#row(record);
    else this.#statement(record);
  }

  /** Throws AuditFault. */
  end(): Verified {
    if (!this.#end)
      throw new AuditFault(
        `The file ends after ${this.#line} lines without the signed end of an export: it was cut short.`,
      );
    const { organisation, count: last, at } = this.#end;
    return { organisation, first: this.#first, last, at, checkpoints: this.#checkpoints };
  }

  #row(row: Row): void {
    this.#head ??= genesis(row.organisation);
    const fault = rowFault(row, this.#head);
    if (fault !== undefined) this.#fault(fault);
    this.#isChecked();
    this.#head = { organisation: row.organisation, count: row.seq, hash: row.hash };
  }

  /** Rows that nobody had signed can be made anew by whoever can write to the database. */
  #isChecked(): void {
    const count = this.#head?.count ?? 0;
    if (count >= this.#first && count % CHECKPOINT_EVERY === 0 && this.#checked !== count)
      this.#fault(`behind row ${count} the signed checkpoint is missing`);
  }

  #statement({ signature, ...bare }: Statement): void {
    if (!isSigned(statementBody(bare), signature, this.#key))
      this.#fault(`this statement about row ${bare.count} is not signed by the key that was given`);
    if (bare.kind === 'pruned') this.#pruned(bare);
    else this.#agrees({ ...bare, signature });
  }

  #agrees(statement: Statement): void {
    const { organisation, count, hash, kind } = statement;
    const head = this.#head ?? genesis(organisation);
    if (count !== head.count)
      this.#fault(
        `the signed statement about row ${count} stands behind row ${head.count}: rows are missing`,
      );
    if (hash !== head.hash)
      this.#fault(`row ${head.count} is not the one that was signed: it or one before it was replaced`);
    if (kind === 'export') {
      this.#isChecked();
      this.#end = statement;
    } else {
      this.#checkpoints += 1;
      this.#checked = count;
    }
  }

  /** Only in front: it takes the place of the rows that it speaks of. */
  #pruned({ organisation, count, hash }: Head): void {
    if (this.#head) this.#fault('a statement about removed rows stands behind rows');
    this.#head = { organisation, count, hash };
    this.#first = count + 1;
  }

  #fault(what: string): never {
    throw new AuditFault(`Line ${this.#line}: ${what}.`);
  }
}

/** Throws AuditFault. */
export async function verifyLines(
  lines: AsyncIterable<string> | Iterable<string>,
  key: KeyObject,
): Promise<Verified> {
  const verifier = new Verifier(key);
  for await (const line of lines) verifier.take(line);
  return verifier.end();
}
