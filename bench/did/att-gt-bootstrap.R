here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
twin("did", function() did::aggte(did::att_gt("y", "time", "unit", "start", data = data, biters = 100000), "dynamic", biters = 100000), function(path) c(path$overall.att, path$overall.se, path$crit.val.egt))
