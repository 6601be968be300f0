import { registerDisplay } from "./report/index.ts";

export * from "./core/index.ts";
export * from "./data/index.ts";
export * as did from "./did/index.ts";
export * as heterogeneity from "./heterogeneity/index.ts";
export * as inference from "./inference/index.ts";
export * as linkage from "./linkage/index.ts";
export * as power from "./power/index.ts";
export * as rd from "./rd/index.ts";
export * as regression from "./regression/index.ts";
export * from "./report/index.ts";

// Results show themselves as tables and figures wherever the root is imported.
registerDisplay();
