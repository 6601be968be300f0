import type { Adapters } from "../harness/case.ts";

/** Calls of the did reference packages as calls of the library. */
export const did: Adapters = {};
