here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
data$treated <- data$time >= data$start
data$event <- ifelse(is.finite(data$start), data$time - data$start, Inf)
twin("did2s", function() did2s::did2s(data, "y", ~ 0 | unit + time, ~ i(event, ref = c(-1, Inf)), "treated", "unit"), function(fit) c(coef(fit)["event::0"], fixest::se(fit)["event::0"]))
