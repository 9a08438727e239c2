// One measured figure, beside its floor where there is one, and whether it keeps within its limits.

export type Figure = {
  name: string;
  value: number;
  unit: string;
  /** The same on the barest thing that could do the job, measured in the same run. */
  floor?: number;
  /** value / floor. */
  ratio?: number;
  /** For the ratio where there is a floor, else for the value. */
  limit?: number;
  /** The same for what is better when it is more: not below that. */
  least?: number;
  /** How many measurements the value is the median of. */
  samples: number;
  /** value / a TransformStream that passes through. */
  passthrough?: number;
  /** value / the same cipher in a TransformStream, as others ship it. */
  naive?: number;
};

/** Limits of the ratios that only frames have. */
export const FRAME_LIMIT = { passthrough: 1.5, naive: 0.9 };

export function withFloor(figure: Omit<Figure, 'ratio'> & { floor: number }): Figure {
  return { ...figure, ratio: figure.value / figure.floor };
}

export function keepsLimit({ value, ratio, limit, least, passthrough = 0, naive = 0 }: Figure): boolean {
  const limited = ratio ?? value;
  const within = limited <= (limit ?? Infinity) && limited >= (least ?? -Infinity);
  return within && passthrough <= FRAME_LIMIT.passthrough && naive <= FRAME_LIMIT.naive;
}

/** A sentence for each that does not. */
export const broken = (figures: readonly Figure[]): string[] =>
  figures.filter((f) => !keepsLimit(f)).map((f) => `${f.name} is beyond its limit.`);
