here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("rdrobust", function() rdrobust::rdrobust(data$y, data$x), function(fit) c(fit$coef[1], fit$se[3], fit$bws[1, 1]))
