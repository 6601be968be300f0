import { host } from "./host.ts";

/** Where a worker's script comes from. */
export interface WorkerScript {
  /** The script itself, a bundle of `src/worker.ts`: nothing to resolve, whatever bundler the application uses. */
  readonly source?: string;
  /** The script's address as a URL object, for hosts that run TypeScript sources. */
  readonly url?: object;
}

const { url: here } = import.meta as unknown as { readonly url: string };

/** Run from its sources, the library points to its worker; the build replaces this file by one that holds `source`. */
export const workerScript: WorkerScript = { url: new host.URL("../worker.ts", here) };
