import type { Adapters } from "../harness/case.ts";
import { double_ml, orthogonal_scores } from "./heterogeneity/double-ml.ts";
import {
  binning,
  factorial,
  interaction,
  interaction_cr2,
  kernel_moderator,
  logit_probability,
  moderator,
} from "./heterogeneity/interactions.ts";
import { generic_ml, generic_ml_aggregation, meta_learners } from "./heterogeneity/learning.ts";
import { policy_tree, qini, rule_evaluation } from "./heterogeneity/policy.ts";
import {
  average_effect,
  average_partial_effect,
  best_linear_projection,
  calibration_test,
  group_effects,
  instrumental_average_effect,
  multi_arm_scores,
  rate,
} from "./heterogeneity/scores.ts";
import { group_fixed_effects, lin_adjusted, panel_subgroup, subgroup } from "./heterogeneity/subgroups.ts";
import { max_t, p_adjust, romano_wolf } from "./heterogeneity/testing.ts";

/** Calls of the heterogeneity reference packages as calls of the library. */
export const heterogeneity: Adapters = {
  average_effect,
  average_partial_effect,
  best_linear_projection,
  binning,
  calibration_test,
  double_ml,
  factorial,
  generic_ml,
  generic_ml_aggregation,
  group_effects,
  group_fixed_effects,
  instrumental_average_effect,
  interaction,
  interaction_cr2,
  kernel_moderator,
  lin_adjusted,
  logit_interaction: logit_probability,
  logit_probability,
  max_t,
  meta_learners,
  moderator,
  multi_arm_scores,
  orthogonal_scores,
  p_adjust,
  panel_subgroup,
  policy_tree,
  qini,
  rate,
  romano_wolf,
  rule_evaluation,
  subgroup,
};
