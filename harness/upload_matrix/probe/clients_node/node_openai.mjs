/**
 * The official SDK for Node: `openai` on npm. What is said of it stands in clients/node_openai.py.
 *
 * `PACKAGES` are the npm packages it needs, handed to the constructor as `require` gives them.
 * `contain(word, file)` makes what a caller would hand over (`file` has `path`, `name`, `type`, `read()`
 * and `companion`); `call(request)` makes the call as a user would write it and may throw anything.
 */

import fs from "node:fs";
import { Readable } from "node:stream";

export const PACKAGES = ["openai"];

const DUMMY_KEY = "upload-matrix-dummy";

/** The client gave its caller something other than the object the call promises. */
class UnreadableError extends Error {}

export class Client {
  constructor({ openai }) {
    this.OpenAI = openai.OpenAI ?? openai;
    this.toFile = openai.toFile;
    const typed = (file) => this.toFile(file.read(), file.name, { type: file.type });
    this.containers = {
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
      tuple2: (file) => this.toFile(file.read(), file.name),
      tuple3: typed,
      "list-of-one": async (file) => [await typed(file)],
      "list-of-two": async (file) => [await typed(file), await typed(file.companion)],
      "to-file": (file) => this.toFile(file.read()),
      blob: (file) => new Blob([file.read()], { type: file.type }),
      file: (file) => new File([file.read()], file.name, { type: file.type }),
      "file-untyped": (file) => new File([file.read()], file.name),
    };
  }

  /** What a caller would hand over for `file`; may be a promise. */
  contain(word, file) {
    if (!(word in this.containers)) throw new Error(`node-openai takes no ${word}: its file says so`);
    return this.containers[word](file);
  }

  /** Call, say, `client.images.edit({image, ...})`. */
  async call(request) {
    const client = new this.OpenAI({
      apiKey: DUMMY_KEY,
      baseURL: request.baseURL,
      timeout: request.timeout * 1000,
      maxRetries: request.retries,
    });
    const path = request.sdkCall.replace(/_(.)/g, (_, letter) => letter.toUpperCase()).split(".");
    const method = path.pop();
    const target = path.reduce((holder, name) => holder[name], client);
    const answer = await target[method]({ ...request.fields, ...request.files });
    if (answer === null || typeof answer !== "object") {
      throw new UnreadableError(`the SDK returned ${typeof answer} instead of an answer object`);
    }
    return answer;
  }
}
