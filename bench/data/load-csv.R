here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "harness", "twin.R"))
data <- read_task()
file <- arguments[1]
twin("data.table", function() data.table::fread(file, nThread = 1), function(table) c(nrow(table), table[[10]][nrow(table)]))
