/** Mistral's SDK for Node: `@mistralai/mistralai` on npm. What is said of it stands in clients/node_mistralai.py. */

import { called, camel, contained, containers, DUMMY_KEY, server } from "./_sdk.mjs";

export const PACKAGES = ["@mistralai/mistralai"];

const METHODS = {
  "mistral.chat.complete": "chat.complete",
  "chat.completions.create": "chat.complete",
  "ocr.process": "ocr.process",
  "mistral.files.upload": "files.upload",
};

/** The same document as this SDK's users write it: names in camel case. */
function spelled(value) {
  if (Array.isArray(value)) return value.map(spelled);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [camel(name), spelled(each)]));
}

export class Client {
  constructor({ "@mistralai/mistralai": sdk }) {
    this.Mistral = sdk.Mistral;
    this.containers = {
      ...containers(),
      tuple2: (file) => ({ fileName: file.name, content: file.read() }),
    };
  }

  contain(word, file) {
    return contained("node-mistralai", this.containers, word, file);
  }

  /** Call, say, `client.chat.complete({model, messages})`. */
  call(request) {
    const client = new this.Mistral({
      apiKey: DUMMY_KEY,
      serverURL: server(request),
      timeoutMs: request.timeout * 1000,
    });
    return called(client, METHODS[request.call], { ...spelled(request.fields), ...request.files });
  }
}
