export interface StaggeredRow {
  readonly id: number;
  readonly t: number;
  readonly g: number;
  readonly y: number;
}

/** Small staggered panel with effects 0.5 + 0.25 (t - g): a third of the units never treated (0), the rest in the cohorts in turn. */
export function simulateStaggered(design: {
  readonly units: number;
  readonly periods: number;
  readonly cohorts: readonly number[];
  readonly seed: number;
  readonly noise?: number;
}): StaggeredRow[] {
  let state = design.seed * 2654435761;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const noise = design.noise ?? 1;
  return Array.from({ length: design.units }, (_, u) => {
    const g = u % 3 === 0 ? 0 : design.cohorts[u % design.cohorts.length]!;
    const level = normal();
    return Array.from({ length: design.periods }, (_, k) => {
      const t = k + 1;
      const effect = g > 0 && t >= g ? 0.5 + 0.25 * (t - g) : 0;
      return { id: u + 1, t, g, y: level + 0.3 * t + 0.1 * Math.sin(t) + effect + noise * 0.4 * normal() };
    });
  }).flat();
}
