here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
if (requireNamespace("fixest", quietly = TRUE)) fixest::setFixest_nthreads(1)
data$start[is.infinite(data$start)] <- 10000 # sunab's never-treated
twin("fixest", function() summary(fixest::feols(y ~ sunab(start, time) | unit + time, data)), function(fit) c(coef(fit)["time::0"], fixest::se(fit)["time::0"]))
