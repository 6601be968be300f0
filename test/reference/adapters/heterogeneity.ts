import type { Adapters } from "../harness/case.ts";
import { policy_tree } from "./heterogeneity/policy.ts";

/** Calls of the heterogeneity reference packages as calls of the library. */
export const heterogeneity: Adapters = { policy_tree };
