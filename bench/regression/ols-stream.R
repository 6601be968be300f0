here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
# biglm reads block by block, without clusters.
twin("biglm", function() {
  blocks <- split(data, (seq_len(nrow(data)) - 1) %/% 1e5)
  fit <- biglm::biglm(y ~ x0 + x1 + x2 + x3, blocks[[1]])
  for (block in blocks[-1]) fit <- update(fit, block)
  fit
}, coef)
