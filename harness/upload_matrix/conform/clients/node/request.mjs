/** request's formData. The package is deprecated, and still in wide use. */

import { createReadStream, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";

import request from "request";

import { contained, field, hasNoRetry, headers, succeeded, texts, url } from "./_call.mjs";

hasNoRetry("request");
const images = await contained({
  handle: (file) => createReadStream(file.path),
  stream: (file) => createReadStream(file.path).pipe(new PassThrough()),
  buffer: (file) => readFileSync(file.path),
  told: (file) => ({
    value: readFileSync(file.path),
    options: { filename: file.name, contentType: file.type },
  }),
});
const answer = await new Promise((resolve, reject) => {
  request.post({ url, headers, formData: { ...texts, [field]: images } }, (error, response) =>
    error ? reject(error) : resolve(response),
  );
});
succeeded(answer.statusCode);
