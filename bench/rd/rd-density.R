here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("rddensity", function() rddensity::rddensity(data$x), function(test) c(test$hat$diff, test$sd_jk$diff, test$h$left))
