import type { Adapters } from "../harness/case.ts";
import { policy_tree } from "./heterogeneity/policy.ts";
import { p_adjust } from "./heterogeneity/testing.ts";

/** Calls of the heterogeneity reference packages as calls of the library. */
export const heterogeneity: Adapters = { p_adjust, policy_tree };
