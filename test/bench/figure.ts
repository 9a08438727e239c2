// One measured figure, beside its floor where there is one, and whether it keeps within its limit.

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
  samples: number;
};

export function withFloor(figure: Omit<Figure, 'ratio'> & { floor: number }): Figure {
  return { ...figure, ratio: figure.value / figure.floor };
}

export function keepsLimit({ value, ratio, limit }: Figure): boolean {
  return limit === undefined || (ratio ?? value) <= limit;
}
