import { type AttGtResult, aggregate, attGt } from "../../src/did/index.ts";
import { gunsSource, loadGuns, loadStar, starSource } from "../../src/example-data/index.ts";
import { type SubgroupsResult, subgroups } from "../../src/heterogeneity/index.ts";
import { firstTreated, frame, panel } from "../../src/index.ts";

/** The same two estimators on real data. */
export interface RealData {
  readonly guns: { readonly effects: AttGtResult; readonly eventStudy: ReturnType<typeof aggregate<"dynamic">>; readonly source: string };
  readonly star: { readonly groups: SubgroupsResult; readonly source: string };
}

const cite = ({ title, source, licence }: typeof gunsSource): string => `${title}. ${source}. ${licence}.`;

/** Right-to-carry laws and violent crime (log rate); small classes and mathematics scores in kindergarten. */
export function realData(): RealData {
  const states = panel(frame(loadGuns()), { unit: "state", time: "year" });
  const withCohorts = states.with({
    cohort: firstTreated(states, "law"),
    logViolent: states.numbers("violent").map((rate) => 100 * Math.log(rate)),
  });
  const effects = attGt(withCohorts, { outcome: "logViolent", firstTreated: "cohort", controlGroup: "notYetTreated" });
  const eventStudy = aggregate(effects, { type: "dynamic", minEventTime: -8, maxEventTime: 8, missing: "drop" });

  const pupils = frame(loadStar());
  const [{ codes, levels }, aide] = [pupils.categories("classType"), "regular+aide"];
  const compared = pupils
    .with({ small: Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : levels[code] === "small" ? 1 : 0)) })
    .filter(({ classType }) => classType !== aide);
  const groups = subgroups(compared, {
    design: { type: "regression", outcome: "math", treatment: "small", fixedEffects: ["school"], cluster: "school" },
    by: ["freeLunch", "ethnicity", "schoolType"],
    minimumRows: 100,
  });
  return { guns: { effects, eventStudy, source: cite(gunsSource) }, star: { groups, source: cite(starSource) } };
}
