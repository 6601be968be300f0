import type { Adapters } from "../harness/case.ts";
import { attGtAdapter } from "./did/att-gt.ts";
import { baconAdapter, pretrendsAdapter, weightsAdapter } from "./did/diagnostics.ts";
import { drdidAdapters } from "./did/drdid.ts";
import { etwfeAdapter } from "./did/etwfe.ts";
import { feolsAdapter } from "./did/feols.ts";
import { imputationAdapter, twoStageAdapter } from "./did/imputation.ts";
import { staggeredAdapter } from "./did/staggered.ts";
import { tripleAdapter } from "./did/triplediff.ts";

/** Calls of the did reference packages as calls of the library. */
export const did: Adapters = {
  ...drdidAdapters,
  "did::att_gt": attGtAdapter,
  "did2s::did2s": twoStageAdapter,
  "didimputation::did_imputation": imputationAdapter,
  "fixest::feols": feolsAdapter,
  "staggered::staggered": staggeredAdapter(),
  "staggered::staggered_cs": staggeredAdapter({ adjustment: 1, controlGroup: "notYetTreated" }),
  "bacondecomp::bacon": baconAdapter,
  "TwoWayFEWeights::twowayfeweights": weightsAdapter,
  "pretrends::pretrends": pretrendsAdapter,
  "etwfe::etwfe": etwfeAdapter,
  "triplediff::ddd": tripleAdapter,
  "staggered::staggered_sa": staggeredAdapter({ adjustment: 1, controlGroup: "lastTreated" }),
};
