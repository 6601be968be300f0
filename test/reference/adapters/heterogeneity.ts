import type { Adapters } from "../harness/case.ts";
import { policy_tree } from "./heterogeneity/policy.ts";
import { group_fixed_effects, lin_adjusted, panel_subgroup, subgroup } from "./heterogeneity/subgroups.ts";
import { p_adjust } from "./heterogeneity/testing.ts";

/** Calls of the heterogeneity reference packages as calls of the library. */
export const heterogeneity: Adapters = { group_fixed_effects, lin_adjusted, p_adjust, panel_subgroup, policy_tree, subgroup };
