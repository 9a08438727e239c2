// One line of the benches: a figure beside its floor, measured in the same run.

export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** The least that could be expected on this machine in this run, in the same unit. */
  floor?: number;
  /** value / floor. */
  ratio?: number;
  /** What the ratio may be at most, or the value where there is no floor. */
  limit?: number;
  /** How many measurements the value is the median of. */
  samples: number;
  /** value / the same cipher in a TransformStream, as others ship it; at most 0.9. */
  naive?: number;
  /** value / a TransformStream that passes through; at most 1.5. */
  passthrough?: number;
}
