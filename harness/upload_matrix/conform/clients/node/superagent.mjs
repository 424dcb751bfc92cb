/** superagent's attach, which opens a path by itself. */

import { createReadStream, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";

import superagent from "superagent";

import { contained, field, headers, retries, texts, url } from "./_call.mjs";

const images = await contained({
  path: (file) => [file.path],
  handle: (file) => [createReadStream(file.path)],
  stream: (file) => [createReadStream(file.path).pipe(new PassThrough())],
  buffer: (file) => [readFileSync(file.path)],
  told: (file) => [readFileSync(file.path), { filename: file.name, contentType: file.type }],
});
const call = superagent.post(url).set(headers).retry(retries).field(texts);
for (const image of images) call.attach(field, ...image);
await call;
