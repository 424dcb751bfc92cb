/** The containers of the package form-data, whoever sends it. */

import { createReadStream, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";

export const containers = {
  handle: (file) => createReadStream(file.path),
  stream: (file) => createReadStream(file.path).pipe(new PassThrough()),
  buffer: (file) => readFileSync(file.path),
  told: (file) => [readFileSync(file.path), { filename: file.name, contentType: file.type }],
};
