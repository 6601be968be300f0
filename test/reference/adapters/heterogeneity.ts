import type { Adapters } from "../harness/case.ts";

/** Calls of the heterogeneity reference packages as calls of the library. */
export const heterogeneity: Adapters = {};
