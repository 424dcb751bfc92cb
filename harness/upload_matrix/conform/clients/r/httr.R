# An image edit with httr, which has a function for retries.
library(httr)
source("_call.R")

ways <- list(
  path = function(path, name, type) upload_file(path),
  buffer = function(path, name, type) curl::form_data(read_whole(path)),
  told = function(path, name, type) typed_file(path, name, type)
)
files <- uploads(ways, "httr takes a path or bytes")
answer <- RETRY(
  "POST", given("URL"),
  add_headers(Authorization = paste("Bearer", given("API_KEY"))),
  body = form_of(files), encode = "multipart",
  times = as.integer(given("TRIES")), pause_min = 0.1, pause_base = 0.1, quiet = TRUE
)
stop_for_status(answer)
