/** needle with `multipart: true`. */

import { readFileSync } from "node:fs";

import needle from "needle";

import { contained, field, hasNoRetry, headers, succeeded, texts, url } from "./_call.mjs";

hasNoRetry("needle");
const images = await contained({
  // Without a type of its own needle takes the path for a text.
  path: (file) => ({ file: file.path, content_type: file.type }),
  buffer: (file) => readFileSync(file.path),
  told: (file) => ({ buffer: readFileSync(file.path), filename: file.name, content_type: file.type }),
});
const form = { ...texts, [field]: images.length > 1 ? images : images[0] };
const answer = await needle("post", url, form, { headers, multipart: true });
succeeded(answer.statusCode);
