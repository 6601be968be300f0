export {
  type RdPower,
  type RdPowerInputs,
  type RdPowerOptions,
  type RdSampleSize,
  rd,
  rdInputs,
  rdMinimumEffect,
  rdSampleSize,
  rdScaledError,
} from "./rd.ts";
