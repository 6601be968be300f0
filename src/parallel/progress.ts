import { now } from "./host.ts";

/** Reported at most this often, in milliseconds. */
const INTERVAL = 100;

/** Told how much of a run's work is done. */
export type OnProgress = (done: number, total: number) => void;

/** Adds up work as it is done, in any order, and reports it about ten times a second and at the end. */
export function progressMeter(total: number, onProgress: OnProgress | undefined): (amount: number) => void {
  let done = 0;
  let last = now();
  return (amount) => {
    done += amount;
    if (onProgress === undefined) return;
    const time = now();
    if (done < total && time - last < INTERVAL) return;
    last = time;
    onProgress(done, total);
  };
}
