// Runs first in a Node program under inspection: notes where its code sends a request, and what it does not catch.
//
// Loaded by NODE_OPTIONS=--require. Each request adds one line of JSON to the file that UPLOAD_MATRIX_WITNESS
// names. An SDK awaits before it sends, and by then its caller is no longer on the stack: so the place in the
// program's own code is remembered where a promise is made, and handed on to those that follow from it.
"use strict";

const file = process.env.UPLOAD_MATRIX_WITNESS;

function own(path) {
  return !(path.startsWith("node:") || path.includes("/node_modules/") || path.includes("\\node_modules\\") ||
    path === __filename || path === "native");
}

// The places in the program's own code on the stack, the innermost first.
function places(error) {
  const found = [];
  for (const line of String(error.stack).split("\n").slice(1)) {
    const match = /^\s*at (?:(?:async )?(.*?) \()?(?:file:\/\/)?([^()]+?):(\d+):(\d+)\)?$/.exec(line);
    if (!match) continue;
    let path = match[2].replace(/^(async )?(file:\/\/)?/, "");
    try { path = decodeURIComponent(path); } catch { /* a name that is no percent-encoding is the name */ }
    if (!path.includes("/") && !path.includes("\\")) continue;
    if (own(path)) found.push({file: path, line: Number(match[3]), function: match[1] || "<module>"});
  }
  return found.slice(0, 8);
}

function stack() {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const error = new Error();
  Error.stackTraceLimit = limit;
  return places(error);
}

function write(row) {
  const fs = require("fs");
  for (const place of row.places) {
    try {
      place.source = fs.readFileSync(place.file, "utf8").split("\n")[place.line - 1].trim().slice(0, 200);
    } catch { place.source = ""; }
  }
  fs.appendFileSync(file, JSON.stringify({...row, pid: process.pid}) + "\n");
}

if (file) {
  const hooks = require("async_hooks");
  const made = new Map();
  hooks.createHook({
    init(id, type, trigger) {
      const here = stack();
      const from = here.length ? here : made.get(trigger) || made.get(hooks.executionAsyncId());
      if (from) made.set(id, from);
    },
    destroy(id) { made.delete(id); },
  }).enable();

  const sent = (method, url) => {
    try {
      const here = stack();
      const from = here.length ? here : made.get(hooks.executionAsyncId()) || made.get(hooks.triggerAsyncId()) || [];
      write({event: "sent", method: String(method || "GET").toUpperCase(), url: String(url), places: from.map(
        (each) => ({...each}))});
    } catch { /* a witness that stumbles must not stop the program it watches */ }
  };

  const original = globalThis.fetch;
  if (original) {
    globalThis.fetch = function fetch(input, init) {
      const request = input && typeof input === "object" && "url" in input ? input : null;
      // A client that asks what fetch can do sends nothing.
      if (!String(input).startsWith("data:")) {
        sent((init && init.method) || (request && request.method), request ? request.url : input);
      }
      return original.apply(this, arguments);
    };
  }
  for (const name of ["http", "https"]) {
    const module = require(name);
    const before = module.request;
    module.request = function request(...args) {
      const options = args.find((each) => each && typeof each === "object" && !(each instanceof URL)) || {};
      const target = args[0] instanceof URL || typeof args[0] === "string" ? new URL(args[0]).pathname : options.path;
      sent(options.method, target || "/");
      return before.apply(this, args);
    };
  }

  process.on("uncaughtExceptionMonitor", (error) => {
    try {
      const name = (error && error.constructor && error.constructor.name) || typeof error;
      write({event: "raised", error: name, message: String((error && error.message) || error).slice(0, 1000),
        places: error && error.stack ? places(error) : []});
    } catch { /* as above */ }
  });
}
