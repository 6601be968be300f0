here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("grf", function() grf::rank_average_treatment_effect.fit(data$score, data$priority, R = 200), function(rate) c(rate$estimate, rate$std.err))
