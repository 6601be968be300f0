import type { Adapters } from "../harness/case.ts";
import { rdbwdensity, rddensity } from "./rd/density.ts";
import { rdbwhte, rdhte, rdhteLincom } from "./rd/heterogeneity.ts";
import { criticalValues, efficiencyBound, rdhonest, rdhonestBme, rdSmoothnessBound } from "./rd/honest.ts";
import { locrandExact, rdrandinf, rdrbounds, rdsensitivity, rdwinselect } from "./rd/local.ts";
import { rdmc, rdms } from "./rd/multi.ts";
import { rdmcplot, rdplot } from "./rd/plot.ts";
import { rdmde, rdpower, rdsampsi } from "./rd/power.ts";
import { neighbourResiduals, rdbwselect, rdbwselect2014, rdrobust } from "./rd/robust.ts";

/** Calls of the rd reference packages as calls of the library. */
export const rd: Adapters = {
  rdrobust,
  rdbwselect,
  rdbwselect_2014: rdbwselect2014,
  nn_residuals: neighbourResiduals,
  rdplot,
  rddensity,
  rdbwdensity,
  rdhte,
  rdbwhte,
  rdhte_lincom: rdhteLincom,
  rdmc,
  rdms,
  rdmcplot,
  rdpower,
  rdsampsi,
  rdmde,
  RDHonest: rdhonest,
  RDHonestBME: rdhonestBme,
  RDTEfficiencyBound: efficiencyBound,
  RDSmoothnessBound: rdSmoothnessBound,
  rdrandinf,
  rdsensitivity,
  rdrbounds,
  rdwinselect,
  locrand_exact: locrandExact,
  CVb: criticalValues,
};
