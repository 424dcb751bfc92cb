/** OpenAI's SDK on Bun. */

import { createReadStream, readFileSync } from "node:fs";

import { toFile } from "openai";

import { edited } from "./_openai.mjs";

await edited({
  path: (file) => Bun.file(file.path),
  handle: (file) => createReadStream(file.path),
  buffer: (file) => toFile(readFileSync(file.path)),
  blob: (file) => new Blob([readFileSync(file.path)]),
  file: (file) => new File([readFileSync(file.path)], file.name, { type: file.type }),
  told: (file) => toFile(readFileSync(file.path), file.name, { type: file.type }),
});
