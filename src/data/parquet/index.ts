export type { AsyncBufferLike, ParquetSource } from "./open-buffer.ts";
export { type ReadParquetOptions, readParquet } from "./read-parquet.ts";
export { type ReadParquetChunksOptions, readParquetChunks } from "./read-parquet-chunks.ts";
