// npm run build: every subpath as ESM and CommonJS with types, then what tsup leaves to do.
import { execFileSync } from "node:child_process";

execFileSync("tsup", ["--silent"], { stdio: "inherit", shell: process.platform === "win32" });
await import("./finish-build.mjs");
