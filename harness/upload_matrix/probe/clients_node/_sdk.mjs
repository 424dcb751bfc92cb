/** What the files of the SDKs for Node share. */

import fs from "node:fs";
import { Readable } from "node:stream";

/** The only key a client under test ever sees; the tap puts the real one in when it forwards. */
export const DUMMY_KEY = process.env.UPLOAD_MATRIX_API_KEY ?? "upload-matrix-dummy";

/** The client gave its caller something other than the object the call promises. */
class UnreadableError extends Error {}

/** `answer`, when it is an object. */
export function readable(answer) {
  if (answer === null || typeof answer !== "object") {
    throw new UnreadableError(`the SDK returned ${typeof answer} instead of an answer object`);
  }
  return answer;
}

/** The ways to hand a file over that Node itself has. */
export const own = {
  handle: (file) => fs.createReadStream(file.path),
  "stream-at-end": async (file) => {
    const stream = fs.createReadStream(file.path);
    for await (const _ of stream);
    return stream;
  },
  "one-way": (file) => Readable.from([file.read()]),
  "str-path": (file) => file.path,
  bytes: (file) => file.read(),
  "empty-bytes": () => Buffer.alloc(0),
  blob: (file) => new Blob([file.read()], { type: file.type }),
  file: (file) => new File([file.read()], file.name, { type: file.type }),
  "file-untyped": (file) => new File([file.read()], file.name),
};

/** The ways to hand a file over, for an SDK with `toFile`. */
export function containers(toFile) {
  const typed = (file) => toFile(file.read(), file.name, { type: file.type });
  return {
    ...own,
    tuple2: (file) => toFile(file.read(), file.name),
    tuple3: typed,
    "list-of-one": async (file) => [await typed(file)],
    "list-of-two": async (file) => [await typed(file), await typed(file.companion)],
    "to-file": (file) => toFile(file.read()),
  };
}

/** What `contain` of a client does with `known` ways, by word. */
export function contained(client, known, word, file) {
  if (!(word in known)) throw new Error(`${client} takes no ${word}: its file says so`);
  return known[word](file);
}

/** The case's own URL without the API's root (`/v1`), for an SDK that puts its own root below it. */
export const server = (request) => request.baseURL.replace(/(\/openai)?\/v\d\w*$/, "");

/** A name as Node's SDKs have it: `fileName` for `file_name`. */
export const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** What, say, `client.images.edit({image, ...})` gives; `call` is the SDK's own word for it. */
export async function called(client, call, ...given) {
  const path = call.split(".");
  const method = path.pop();
  const target = path.reduce((holder, name) => holder[name], client);
  return readable(await target[method](...given));
}

/** The options of a client that OpenAI's generator made. */
export const options = (request, baseURL) => ({
  apiKey: DUMMY_KEY,
  baseURL,
  timeout: request.timeout * 1000,
  maxRetries: request.retries,
});
