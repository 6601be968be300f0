import { checkNumber } from "../core/options.ts";
import type { Estimate, Sample, Warning } from "../core/result.ts";
import { type Frame, numericData } from "../data/frame.ts";
import { createStream } from "../random/index.ts";
import { type AnyRow, type AnyTerm, numericPart } from "../regression/design.ts";
import { interaction, type OlsResult } from "../regression/index.ts";
import { clusterVariables, weightColumn } from "./cluster-columns.ts";
import { fitInteraction, type InteractionsSettings, interactionRows } from "./interaction-model.ts";
import type { KernelForm } from "./interaction-options.ts";
import { type KernelBootstrap, kernelBand, kernelBootstrap } from "./kernel-band.ts";
import { requireVaryingModerator, type SimultaneousBand, supportWarnings } from "./moderator-support.ts";
import { quantileType7 } from "./quantile.ts";

/** What a kernel form gives. */
export interface KernelPart {
  readonly form: "kernel";
  /** Values of the moderator. */
  readonly at: readonly number[];
  /** Effect at each of them. */
  readonly estimates: readonly Estimate[];
  /** Change of the effect per unit of the moderator at each value. */
  readonly slopes: readonly Estimate[];
  /** Holds over all values of `at` at once: from the row contributions to the local regressions, or from the bootstrap. */
  readonly band?: SimultaneousBand;
  /** With `bootstrap`: standard errors and percentile intervals from refits on resampled rows (clusters). */
  readonly bootstrap?: KernelBootstrap;
  readonly bandwidth: number;
  /** Mean squared prediction error of each bandwidth tried, where it was chosen by cross-validation. */
  readonly crossValidation?: readonly { readonly bandwidth: number; readonly error: number }[];
}

const POINTS = 20;
const GRID = 10;
const FOLDS = 5;
/** Points at which a fold's held-out rows are predicted, each row by the nearest. */
const CV_POINTS = 10;

/** Kernel estimator of Hainmueller, Mummolo and Xu (2019): at each a, least squares of Y on W, x - a, W (x - a) and covariates with normal weights. */
export function kernelEffect(
  caller: string,
  whole: Frame<AnyRow>,
  settings: InteractionsSettings,
  { moderator, bandwidth, at, bootstrap = 0 }: KernelForm<AnyRow>,
): KernelPart & { readonly sample: Sample; readonly warnings: readonly Warning[] } {
  const name = moderator as string;
  const { data, covariates, sample } = interactionRows(caller, whole, settings, [name]);
  const x = numericData(data, name).values;
  requireVaryingModerator(caller, name, x);
  checkNumber(caller, "form.bootstrap", bootstrap, { min: 0, integer: true });
  const sorted = x.slice().sort();
  const [low, high] = [quantileType7(sorted, 0.05), quantileType7(sorted, 0.95)];
  const values = at ?? Array.from({ length: POINTS }, (_, k) => low + ((high - low) * k) / (POINTS - 1));
  const chosen = bandwidth === undefined ? crossValidate(data, settings, covariates, x) : undefined;
  const h = chosen?.best ?? checkNumber(caller, "form.bandwidth", bandwidth, { min: 0, open: true });
  const fits = values.map((a) => localFit(data, settings, covariates, x, a, h));
  const read = (term: string, label: string): Estimate[] =>
    fits.map((fit, k) => ({ ...fit.estimates[term]!, term: `${label}${name} = ${values[k]}` }));
  const estimates = read(settings.treatment as string, "");
  const w = numericData(data, settings.treatment as string).values;
  const warnings: Warning[] = supportWarnings(name, values, x, w, (a, value) => Math.exp(-0.5 * ((value - a) / h) ** 2));
  const drawn =
    bootstrap === 0
      ? undefined
      : kernelBootstrap({ data, settings, estimates, draws: bootstrap }, (weights, a) => {
          const fit = localFit(data, { ...settings, vcov: { type: "iid" } }, covariates, x, values[a]!, h, undefined, weights);
          return fit.estimates[settings.treatment as string]?.estimate ?? Number.NaN;
        });
  const band = drawn?.band ?? kernelBand(data, settings, estimates, fits);
  if (clusterVariables(settings).length === 0 && chosen !== undefined) {
    warnings.push({
      code: "BANDWIDTH_CHOSEN",
      message: `The bandwidth ${h} was chosen by cross-validation; intervals take it as given`,
      details: { bandwidth: h },
    });
  }
  return {
    form: "kernel",
    at: values,
    estimates,
    slopes: read(`${settings.treatment as string}:${DISTANCE}`, "slope at "),
    ...(band === undefined ? {} : { band }),
    ...(drawn === undefined ? {} : { bootstrap: drawn.bootstrap }),
    bandwidth: h,
    ...(chosen === undefined ? {} : { crossValidation: chosen.tried }),
    sample,
    warnings,
  };
}

const DISTANCE = "distance";
const WEIGHT = "kernel weight";

function localFit(
  data: Frame<AnyRow>,
  settings: InteractionsSettings,
  covariates: readonly AnyTerm[],
  x: Float64Array,
  a: number,
  h: number,
  keep?: (row: number) => boolean,
  counts?: Float64Array,
): OlsResult {
  const own = weightColumn(settings.weights);
  const base = own === undefined ? undefined : numericData(data, own).values;
  const weights = x.map((value, i) =>
    keep?.(i) === false
      ? 0
      : Math.exp(-0.5 * ((value - a) / h) ** 2) * (base === undefined ? 1 : base[i]!) * (counts === undefined ? 1 : counts[i]!),
  );
  const local = data.with({ [DISTANCE]: x.map((value) => value - a), [WEIGHT]: weights }) as unknown as Frame<AnyRow>;
  const treatment = settings.treatment as string;
  const kind = typeof settings.weights === "object" ? settings.weights.kind : "analytic";
  return fitInteraction(local, { ...settings, weights: { column: WEIGHT, kind } } as InteractionsSettings, [
    treatment,
    DISTANCE,
    interaction(treatment, DISTANCE),
    ...covariates,
  ]);
}

/** Five-fold cross-validation of the prediction error over a geometric grid from a 50th to the whole of the moderator's range. */
function crossValidate(
  data: Frame<AnyRow>,
  settings: InteractionsSettings,
  covariates: readonly AnyTerm[],
  x: Float64Array,
): { readonly best: number; readonly tried: readonly { readonly bandwidth: number; readonly error: number }[] } {
  const n = x.length;
  const y = numericData(data, settings.outcome as string).values;
  const w = numericData(data, settings.treatment as string).values;
  const fold = createStream(settings.seed).shuffle(Int32Array.from({ length: n }, (_, i) => i % FOLDS));
  const sorted = x.slice().sort();
  const range = sorted[n - 1]! - sorted[0]!;
  const points = Array.from(new Set(Array.from({ length: CV_POINTS }, (_, k) => quantileType7(sorted, (k + 0.5) / CV_POINTS))));
  const nearest = x.map((value) =>
    points.reduce((best, point, k) => (Math.abs(point - value) < Math.abs(points[best]! - value) ? k : best), 0),
  );
  const plain: InteractionsSettings = { ...settings, vcov: { type: "iid" } };
  const tried = Array.from({ length: GRID }, (_, k) => (range / 50) * 50 ** (k / (GRID - 1))).map((bandwidth) => {
    let [sum, count] = [0, 0];
    for (let f = 0; f < FOLDS; f++) {
      points.forEach((a, k) => {
        const held = fold.filter((own, i) => own === f && nearest[i] === k).length;
        if (held === 0) return;
        const fit = localFit(data, plain, covariates, x, a, bandwidth, (i) => fold[i] !== f);
        const b = (term: string): number => fit.estimates[term]?.estimate ?? 0;
        const rest = covariatePart(data, fit, [settings.treatment as string, DISTANCE]);
        for (let i = 0; i < n; i++) {
          if (fold[i] !== f || nearest[i] !== k) continue;
          const d = x[i]! - a;
          const t = settings.treatment as string;
          const predicted = b("(Intercept)") + b(t) * w[i]! + b(DISTANCE) * d + b(`${t}:${DISTANCE}`) * w[i]! * d + rest(i);
          sum += (y[i]! - predicted) ** 2;
          count++;
        }
      });
    }
    return { bandwidth, error: sum / count };
  });
  const best = tried.reduce((a, b) => (b.error < a.error ? b : a));
  return { best: best.bandwidth, tried };
}

/** Value of the covariates' part of a fit at a row: numeric columns and single indicators. */
function covariatePart(data: Frame<AnyRow>, fit: OlsResult, own: readonly string[]): (row: number) => number {
  const parts = fit.design
    .filter(({ parts: list }) => list.length > 0 && !list.some(({ column }) => own.includes(column)))
    .map(({ name, parts: list }) => ({ coefficient: fit.estimates[name]!.estimate, list }));
  return (row) => {
    let sum = 0;
    for (const { coefficient, list } of parts) {
      let value = coefficient;
      for (const part of list) {
        const column = data.column(part.column);
        if ("level" in part) {
          const label = column.type === "category" ? column.levels[column.codes[row]!] : String(column.values[row]);
          if (label !== part.level) value = 0;
        } else value *= numericPart(part, numericData(data, part.column).values[row]!);
      }
      sum += value;
    }
    return sum;
  };
}
