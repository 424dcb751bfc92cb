# The call to make, as the environment has it.

given <- function(name) Sys.getenv(paste0("UPLOAD_MATRIX_", name))

without <- function(...) {
  message(...)
  quit(status = 77)
}

# The container's way, called for each file with path, name and type: a list of form entries.
uploads <- function(ways, sentence) {
  container <- given("CONTAINER")
  way <- if (container == "") ways[[1]] else ways[[container]]
  if (is.null(way)) without(sentence, ", not a ", container)
  paths <- strsplit(given("FILES"), "\n")[[1]]
  types <- strsplit(given("TYPES"), "\n")[[1]]
  names <- basename(paths)
  names[1] <- given("FILENAME")
  files <- Map(way, paths, names, types)
  setNames(files, rep(given("FIELD"), length(files)))
}

form_of <- function(files) c(list(model = given("MODEL"), prompt = given("PROMPT")), files)

read_whole <- function(path) readBin(path, "raw", file.size(path))

# A type can be given; the name is the file's own.
typed_file <- function(path, name, type) {
  if (basename(path) != name) without("curl::form_file sends a file by its own name")
  curl::form_file(path, type)
}
