# A worker that makes the call, the folder its files come from, and a way out to a loopback address.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "files", disk = "."),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "_call.mjs", esModule = embed "_call.mjs"),
  ],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [
    (name = "FILES", service = "files"),
    (name = "UPLOAD_MATRIX_URL", fromEnvironment = "UPLOAD_MATRIX_URL"),
    (name = "UPLOAD_MATRIX_API_KEY", fromEnvironment = "UPLOAD_MATRIX_API_KEY"),
    (name = "UPLOAD_MATRIX_FIELD", fromEnvironment = "UPLOAD_MATRIX_FIELD"),
    (name = "UPLOAD_MATRIX_FILES", fromEnvironment = "UPLOAD_MATRIX_FILES"),
    (name = "UPLOAD_MATRIX_FILENAME", fromEnvironment = "UPLOAD_MATRIX_FILENAME"),
    (name = "UPLOAD_MATRIX_TYPE", fromEnvironment = "UPLOAD_MATRIX_TYPE"),
    (name = "UPLOAD_MATRIX_TYPES", fromEnvironment = "UPLOAD_MATRIX_TYPES"),
    (name = "UPLOAD_MATRIX_MODEL", fromEnvironment = "UPLOAD_MATRIX_MODEL"),
    (name = "UPLOAD_MATRIX_PROMPT", fromEnvironment = "UPLOAD_MATRIX_PROMPT"),
    (name = "UPLOAD_MATRIX_CONTAINER", fromEnvironment = "UPLOAD_MATRIX_CONTAINER"),
  ],
);
