export { type Deduplicated, type DeduplicateOptions, deduplicate } from "./deduplicate.ts";
export { type Linked, type LinkOptions, type LinkReport, link } from "./link.ts";
