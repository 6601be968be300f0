import fc from "fast-check";

// One seed for all property tests: a run tells of the code, not of the draw. FAST_CHECK_SEED searches elsewhere.
fc.configureGlobal({ seed: Number(process.env["FAST_CHECK_SEED"] ?? 20_261_124) });
