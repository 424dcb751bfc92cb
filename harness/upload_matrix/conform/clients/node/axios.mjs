/** axios with an object of values, of which it makes the form itself. */

import { createReadStream, openAsBlob, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";

import axios from "axios";

import { contained, field, hasNoRetry, headers, texts, url } from "./_call.mjs";

hasNoRetry("axios");
const images = await contained({
  handle: (file) => createReadStream(file.path),
  stream: (file) => createReadStream(file.path).pipe(new PassThrough()),
  buffer: (file) => readFileSync(file.path),
  blob: (file) => openAsBlob(file.path),
});
await axios.postForm(url, { ...texts, [field]: images.length > 1 ? images : images[0] }, { headers });
