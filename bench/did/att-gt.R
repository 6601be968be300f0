here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("did", function() did::att_gt("y", "time", "unit", "start", data = data, bstrap = FALSE, cband = FALSE), function(fit) c(length(fit$att), fit$att[1], fit$se[1]))
