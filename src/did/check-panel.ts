import { checkArgument } from "../core/options.ts";

/** The first argument must be a panel. @throws OptionError `WRONG_ARGUMENT`. */
export function checkPanel(caller: string, data: unknown): void {
  checkArgument(caller, data, "a panel", ["unitOffsets"]);
}
