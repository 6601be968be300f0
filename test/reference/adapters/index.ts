import type { Adapters } from "../harness/case.ts";
import { did } from "./did.ts";
import { heterogeneity } from "./heterogeneity.ts";
import { inference } from "./inference.ts";
import { rd } from "./rd.ts";
import { regression } from "./regression.ts";
import { iv } from "./regression-iv.ts";

/** Adapters of all areas by the function a case names. */
export const adapters: Adapters = { ...regression, ...iv, ...rd, ...did, ...heterogeneity, ...inference };
