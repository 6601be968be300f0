import { build, type Plugin } from "esbuild";

const PLACE = /[\\/]src[\\/]parallel[\\/]worker-source\.ts$/;

/**
 * Bundles the workers' script and puts it as a string in the place of `src/parallel/worker-source.ts`: workers then
 * start without a file to find, from ESM, CommonJS and any application's own bundle.
 */
export function inlineWorker(entry: string): Plugin {
  let script: Promise<string> | undefined;
  return {
    name: "inline-worker",
    setup({ onLoad }) {
      onLoad({ filter: PLACE }, async () => {
        script ??= bundleWorker(entry);
        return { contents: `export const workerScript = { source: ${JSON.stringify(await script)} };`, loader: "js" };
      });
    },
  };
}

/** The script as one self-contained piece of code; workers start no workers of their own. */
export async function bundleWorker(entry: string): Promise<string> {
  const noWorkers: Plugin = {
    name: "no-workers",
    setup({ onLoad }) {
      onLoad({ filter: PLACE }, () => ({ contents: "export const workerScript = {};", loader: "js" }));
    },
  };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    platform: "neutral",
    write: false,
    plugins: [noWorkers],
  });
  return outputFiles[0]!.text;
}
