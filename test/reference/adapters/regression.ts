import type { Adapters } from "../harness/case.ts";

/** Calls of the regression reference packages as calls of the library. */
export const regression: Adapters = {};
