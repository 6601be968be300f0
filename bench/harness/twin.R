# What every R twin of a benchmark shares. A twin does a task's work on the data that the bench command wrote:
#
#   npm run bench -- --task ols-10 --rows 1e6 --write-data FOLDER
#   Rscript bench/regression/ols-10.R FOLDER/ols-10-1000000.csv [REPEATS]
#
# It prints minimum and median of the seconds and the key numbers to hold against those in the JSON beside the data. Where the package is
# missing it says so and stops without an error: nothing needs these files.

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) < 1) stop("name the CSV that --write-data wrote")
repeats <- if (length(arguments) > 1) as.integer(arguments[2]) else 5L

read_task <- function() {
  if (requireNamespace("data.table", quietly = TRUE)) as.data.frame(data.table::fread(arguments[1])) else read.csv(arguments[1])
}

# Times `run` and prints what `key` reads from its last value.
twin <- function(package, run, key = function(value) value) {
  if (!requireNamespace(package, quietly = TRUE)) {
    cat("skipped: the package", package, "is not installed\n")
    return(invisible(NULL))
  }
  seconds <- numeric(repeats)
  for (i in seq_len(repeats)) {
    gc()
    seconds[i] <- system.time(value <- run())[["elapsed"]]
  }
  cat(sprintf("%s %s: min %.4f s, median %.4f s over %d\n", package, utils::packageVersion(package), min(seconds), stats::median(seconds), repeats))
  print(key(value), digits = 12)
  invisible(value)
}
