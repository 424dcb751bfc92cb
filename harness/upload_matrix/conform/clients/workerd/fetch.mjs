/** Starts workerd with the worker beside this, has it make the call, and ends it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";

import { files, hasNoRetry, succeeded } from "./_call.mjs";

hasNoRetry("workerd's fetch");
const options = ["--directory-path", `files=${dirname(files[0].path)}`, "--control-fd=3"];
const workerd = spawn("workerd", ["serve", ...options, "fetch.capnp"], {
  stdio: ["ignore", "inherit", "inherit", "pipe"],
});
try {
  // It writes a line of JSON with the port when it listens.
  const [line] = await once(workerd.stdio[3], "data");
  const { port } = JSON.parse(line);
  succeeded((await fetch(`http://127.0.0.1:${port}/`)).status);
} finally {
  workerd.kill();
}
