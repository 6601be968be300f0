here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
if (requireNamespace("fixest", quietly = TRUE)) fixest::setFixest_nthreads(1)
twin("fixest", function() {
  formula <- y ~ x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9
  list(fixest::feols(formula, data, vcov = ~g), fixest::feols(formula, data, vcov = "HC1"))
}, function(fits) c(coef(fits[[1]])["x9"], clustered = fixest::se(fits[[1]])[["x9"]], hc1 = fixest::se(fits[[2]])[["x9"]]))
