# An image edit with httr2: req_body_multipart and req_retry.
library(httr2)
source("_call.R")

ways <- list(
  path = function(path, name, type) curl::form_file(path),
  buffer = function(path, name, type) curl::form_data(read_whole(path)),
  told = function(path, name, type) typed_file(path, name, type)
)
files <- uploads(ways, "httr2 takes a path or bytes")
request <- request(given("URL")) |>
  req_auth_bearer_token(given("API_KEY")) |>
  req_retry(
    max_tries = as.integer(given("TRIES")),
    is_transient = function(answer) resp_status(answer) >= 500,
    backoff = function(tries) 0.1
  )
answer <- do.call(req_body_multipart, c(list(request), form_of(files))) |> req_perform()
