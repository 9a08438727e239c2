// Twenty digits as somebody types them, with whatever is between them; and as somebody reads them out.

const GROUP = /\d{5}/g;

/** Four groups of five, or null when it is anything else than 20 digits. */
export function parseCode(text: string): readonly string[] | null {
  const digits = text.replace(/[\s.,-]/g, '');
  return /^\d{20}$/.test(digits) ? (digits.match(GROUP) ?? null) : null;
}

/** Digit by digit: screen readers would make numbers of them. */
export const spokenCode = (code: readonly string[]): string =>
  code.map((group) => group.split('').join(' ')).join(', ');
