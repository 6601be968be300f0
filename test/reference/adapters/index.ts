import type { Adapters } from "../harness/case.ts";
import { did } from "./did.ts";
import { heterogeneity } from "./heterogeneity.ts";
import { rd } from "./rd.ts";
import { regression } from "./regression.ts";

/** Adapters of all areas by the function a case names. */
export const adapters: Adapters = { ...regression, ...rd, ...did, ...heterogeneity };
