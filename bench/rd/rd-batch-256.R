here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
# One outcome and the whole sample, as often as the task has outcomes and subgroups.
twin("rdrobust", function() for (i in 1:256) fit <- rdrobust::rdrobust(data$y0, data$x))
