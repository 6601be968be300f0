import { panel } from "../../../../src/data/index.ts";
import { type ExtendedTwfeOptions, extendedTwfe, type MarginalEffectsOptions, marginalEffects } from "../../../../src/did/index.ts";
import { type Adapter, Unsupported } from "../../harness/case.ts";
import { type Row, splitFormula, termsOf, vcovOption } from "./formula.ts";

const FAMILIES: Readonly<Record<string, "linear" | "poisson" | "logit" | "probit">> = {
  poisson: "poisson",
  logit: "logit",
  probit: "probit",
  binomial: "logit",
  gaussian: "linear",
};

type EmfxCall = Readonly<Record<string, string | number | boolean | null | readonly number[]>>;

function emfxOptions(call: EmfxCall): MarginalEffectsOptions {
  const known = new Set(["type", "by_xvar", "post_only", "predict", "window", "compress", "collapse", "lean", "vcov", "conf_level"]);
  for (const name of Object.keys(call)) if (!known.has(name)) throw new Unsupported(`unsupported argument emfx(${name})`);
  const type = (call["type"] ?? "simple") as NonNullable<MarginalEffectsOptions["type"]>;
  const [byModerator, postOnly, level] = [call["by_xvar"], call["post_only"], call["conf_level"]];
  const window = type === "event" ? call["window"] : null; // the other types take all periods
  return {
    type,
    predict: (call["predict"] ?? "response") as "response" | "link",
    atMeans: (call["compress"] ?? call["collapse"]) === true, // "auto": from half a million rows on
    ...(typeof byModerator === "boolean" ? { byModerator } : {}),
    ...(typeof postOnly === "boolean" ? { postOnly } : {}),
    ...(typeof level === "number" ? { level } : {}),
    ...(typeof window === "number" ? { window: [-window, window] as const } : {}),
    ...(Array.isArray(window) ? { window: [-Math.abs(window[0]), window[1]] as const } : {}),
  };
}

/** `etwfe` and the `emfx` calls on its result. */
export const etwfeAdapter: Adapter = ({ args, table }) => {
  const { outcome, terms } = splitFormula(args.get<string>("fml"));
  const time = args.get<string>("tvar");
  const group = args.get<string>("gvar");
  const family = args.optional<string>("family");
  const index = args.optional<string>("ivar");
  const unit = family === undefined ? index : undefined; // set aside by etwfe where a family is given
  const moderator = args.optional<string>("xvar");
  const reference = args.optional<number>("gref");
  const referenceTime = args.optional<number>("tref");
  const weights = args.optional<string>("weights");
  if (family !== undefined && FAMILIES[family] === undefined) throw new Unsupported(`unsupported argument family = ${family}`);
  // absorbed or written out, the effects' columns span the same and count the same, but for those of units
  if (args.get<string>("fe", "vs") === "none" && unit !== undefined) throw new Unsupported("unsupported argument fe = none with ivar");
  const data = table();
  const cgroup = args.get<string>("cgroup", "notyet");
  const options: ExtendedTwfeOptions<Row> = {
    outcome,
    firstTreated: group,
    covariates: termsOf(terms),
    vcov: vcovOption(args.get<string | null>("vcov", null) ?? "iid"),
    controlGroup: cgroup === "never" ? "neverTreated" : "notYetTreated",
    levels: unit === undefined ? "cohort" : "unit",
    tolerance: 1e-8,
    family: family === undefined ? "linear" : FAMILIES[family]!,
    ...(moderator === undefined ? {} : { moderator }),
    ...(reference === undefined ? {} : { referenceCohort: reference }),
    ...(referenceTime === undefined ? {} : { referenceTime }),
    ...(weights === undefined ? {} : { weights }),
  };
  const people = panel(data, { unit: index ?? "id", time });
  const result = extendedTwfe(people, options);
  const byLevel = moderator !== undefined && data.column(moderator).type === "category"; // R's names of its indicators are not known here
  const calls = Object.entries(args.get<Readonly<Record<string, EmfxCall>>>("emfx", {}));
  return {
    nobs: result.observations,
    interactions: {
      term: result.estimates.map((row) =>
        byLevel && row.with !== undefined
          ? undefined
          : `.Dtreat:${group}::${row.group}:${time}::${row.time}${row.with === undefined ? "" : `:${row.with}_dm`}`,
      ),
      estimate: result.estimates.map(({ estimate }) => estimate),
      se: result.estimates.map(({ standardError }) => standardError),
    },
    emfx: Object.fromEntries(
      calls.map(([label, call]) => {
        const vcov = call["vcov"];
        const model = typeof vcov === "string" ? extendedTwfe(people, { ...options, vcov: vcovOption(vcov) }) : result;
        const { estimates } = marginalEffects(model, emfxOptions(call));
        const of = <Value>(read: (row: (typeof estimates)[number]) => Value): Value[] => estimates.map(read);
        return [
          label,
          {
            estimate: of(({ estimate }) => estimate),
            se: of(({ standardError }) => standardError),
            [group]: of((row) => row.group),
            [time]: of((row) => row.time),
            event: of((row) => row.eventTime),
            ...(moderator === undefined ? {} : { [moderator]: of((row) => row.moderator) }),
          },
        ];
      }),
    ),
  };
};
