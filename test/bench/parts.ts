// Runs the parts of the bench one after the other. One that throws loses its own figures only.
import { broken, type Figure } from './figure.ts';
import { missing } from './promised.ts';

export type Say = (line: string) => void;
/** Each part is loaded only when it is asked for: one that does not load must not stop the others either. */
export type Parts = Readonly<Record<string, () => Promise<(say: Say) => Promise<Figure[]>>>>;
export type Outcome = {
  figures: Figure[] /** A sentence for everything that is not as it must be. */;
  faults: string[];
};

export async function runParts(parts: Parts, chosen: readonly string[], say: Say): Promise<Outcome> {
  const figures: Figure[] = [];
  const faults: string[] = [];
  for (const name of chosen) {
    say(`── ${name}`);
    try {
      const measured = (await (await parts[name]?.())?.(say)) ?? [];
      figures.push(...measured);
      faults.push(...broken(measured), ...missing(name, measured));
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      say(`${name} failed: ${reason}`);
      faults.push(`${name} was not measured: ${reason.split('\n')[0]}.`);
    }
  }
  return { figures, faults };
}
