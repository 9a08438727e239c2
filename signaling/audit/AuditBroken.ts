/** Somebody has changed the rows or statements in the database: nothing is signed on top of that. */
export class AuditBroken extends Error {
  override readonly name = 'AuditBroken';

  /** `what`: half a sentence. */
  constructor(what: string) {
    super(`The audit log in the database was changed by somebody, so nothing is signed: ${what}.`);
  }
}
