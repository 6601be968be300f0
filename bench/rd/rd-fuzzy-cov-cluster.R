here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("rdrobust", function() with(data, rdrobust::rdrobust(y, x, fuzzy = d, covs = cbind(z1, z2), cluster = g)), function(fit) c(fit$coef[1], fit$se[3]))
