/**
 * The official SDK for Node: `openai` on npm. What is said of it stands in clients/node_openai.py.
 *
 * `PACKAGES` are the npm packages it needs, handed to the constructor as `require` gives them.
 * `contain(word, file)` makes what a caller would hand over (`file` has `path`, `name`, `type`, `read()`
 * and `companion`); `call(request)` makes the call as a user would write it and may throw anything.
 */

import { called, camel, contained, containers, options } from "./_sdk.mjs";

export const PACKAGES = ["openai"];

export class Client {
  constructor({ openai }) {
    this.OpenAI = openai.OpenAI ?? openai;
    this.containers = containers(openai.toFile);
  }

  /** What a caller would hand over for `file`; may be a promise. */
  contain(word, file) {
    return contained("node-openai", this.containers, word, file);
  }

  /** Call, say, `client.images.edit({image, ...})`. */
  call(request) {
    const client = new this.OpenAI(options(request, request.baseURL));
    return called(client, camel(request.sdkCall), { ...request.fields, ...request.files });
  }
}
