export { nextStream, nextSubstream, type Seed, seedFromInteger } from "./seed.ts";
export { createStream, type RandomStream, type Shuffleable, substream } from "./stream.ts";
