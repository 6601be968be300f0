export type { AsyncBufferLike } from "./open-buffer.ts";
export { type ParquetSource, type ReadParquetOptions, readParquet } from "./read-parquet.ts";
export { type ReadParquetChunksOptions, readParquetChunks } from "./read-parquet-chunks.ts";
