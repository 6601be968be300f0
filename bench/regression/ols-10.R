here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
if (requireNamespace("fixest", quietly = TRUE)) fixest::setFixest_nthreads(1)
twin("fixest", function() {
  fit <- fixest::feols(y ~ x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9, data, vcov = ~g)
  list(fit, summary(fit, vcov = "HC1"))
}, function(fits) c(coef(fits[[1]])["x9"], clustered = fixest::se(fits[[1]])[["x9"]], hc1 = fixest::se(fits[[2]])[["x9"]]))

# The yardstick: base R's least squares alone, to compare machines by.
X <- cbind(1, as.matrix(data[, paste0("x", 0:9)]))
y <- data$y
twin("stats", function() lm.fit(X, y), function(fit) coef(fit)["x9"])
