here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("rdrobust", function() with(data, rdrobust::rdrobust(y, age, c = 60, cluster = person)), function(fit) c(fit$coef[1], fit$se[3]))
