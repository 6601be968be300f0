// npm run build: every subpath as ESM and CommonJS with types, then the root that points at them.
import { execFileSync } from "node:child_process";

execFileSync("tsup", ["--silent"], { stdio: "inherit", shell: process.platform === "win32" });
await import("./write-root.mjs");
