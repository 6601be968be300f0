export { type Linked, type LinkOptions, type LinkReport, link } from "./link.ts";
