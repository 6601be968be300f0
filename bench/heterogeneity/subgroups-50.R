here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
if (requireNamespace("fixest", quietly = TRUE)) fixest::setFixest_nthreads(1)
twin("fixest", function() {
  fit <- fixest::feols(y ~ i(group, w) + i(group, x) | group, data, vcov = ~g)
  list(fit, fixest::wald(fit, keep = ":w$", print = FALSE))
}, function(found) c(coef(found[[1]])[1], fixest::se(found[[1]])[1], unlist(found[[2]]["stat"])))
