/** node-fetch with its own FormData, File, fileFrom and blobFrom. */

import { createReadStream, readFileSync, statSync } from "node:fs";

import fetch, { Blob, File, FormData, blobFrom, fileFrom } from "node-fetch";

import { filled, hasNoRetry, headers, succeeded, url } from "./_call.mjs";

hasNoRetry("node-fetch");
const form = await filled(new FormData(), {
  path: (file) => fileFrom(file.path),
  // As its README has it for streams: an object that says it is a File.
  handle: (file) => ({
    [Symbol.toStringTag]: "File",
    name: file.name,
    size: statSync(file.path).size,
    stream: () => createReadStream(file.path),
  }),
  buffer: (file) => new Blob([readFileSync(file.path)]),
  blob: (file) => blobFrom(file.path),
  file: (file) => new File([readFileSync(file.path)], file.name, { type: file.type }),
  told: (file) => [new Blob([readFileSync(file.path)], { type: file.type }), file.name],
});
const answer = await fetch(url, { method: "POST", headers, body: form });
succeeded(answer.status);
