/** Bun's fetch, with Bun.file. */

import { readFileSync } from "node:fs";

import { filled, hasNoRetry, headers, succeeded, url } from "./_call.mjs";

hasNoRetry("Bun's fetch");
const form = await filled(new FormData(), {
  path: (file) => Bun.file(file.path),
  buffer: (file) => new Blob([readFileSync(file.path)]),
  file: (file) => new File([readFileSync(file.path)], file.name, { type: file.type }),
  told: (file) => [Bun.file(file.path, { type: file.type }), file.name],
});
const answer = await fetch(url, { method: "POST", headers, body: form });
succeeded(answer.status);
