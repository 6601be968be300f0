import type { Adapters } from "../harness/case.ts";

/** Calls of the rd reference packages as calls of the library. */
export const rd: Adapters = {};
