here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
data$start[is.infinite(data$start)] <- NA
twin("didimputation", function() didimputation::did_imputation(data, "y", "start", "time", "unit", horizon = TRUE), function(table) unlist(table[1, c("estimate", "std.error")]))
