here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("RDHonest", function() RDHonest::RDHonest(y ~ x, data = data, M = 2), function(fit) unlist(fit$coefficients[c("estimate", "std.error", "bandwidth")]))
