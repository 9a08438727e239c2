// What to tell somebody whose clock is far from the server's. Only told: nothing that is promised hangs on the server's word.

/** People whose clocks are an hour apart cannot let each other in (e2ee-worker/mls/identity.ts): half of that, halved again. */
const WORTH_TELLING_MS = 15 * 60_000;
const MINUTE_MS = 60_000;

/** `aheadMs`: this device's clock less the server's. Null: close enough. */
export function clockWords(aheadMs: number): string | null {
  if (Math.abs(aheadMs) < WORTH_TELLING_MS) return null;
  const where = aheadMs > 0 ? 'ahead of' : 'behind';
  return `This computer’s clock is ${howFar(Math.abs(aheadMs))} ${where} the server’s. Set it right: people whose clocks are an hour apart cannot let each other in.`;
}

function howFar(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
