/** Groq's SDK for Node: `groq-sdk` on npm. What is said of it stands in clients/node_groq.py. */

import { called, contained, containers, options, server } from "./_sdk.mjs";

export const PACKAGES = ["groq-sdk"];

const METHODS = {
  "chat.completions.create": "chat.completions.create",
  "audio.transcriptions": "audio.transcriptions.create",
  "audio.translations": "audio.translations.create",
  "files.create": "files.create",
};

export class Client {
  constructor({ "groq-sdk": sdk }) {
    this.Groq = sdk.Groq ?? sdk.default;
    this.containers = containers(sdk.toFile);
  }

  contain(word, file) {
    return contained("node-groq", this.containers, word, file);
  }

  /** Call, say, `client.chat.completions.create({model, messages})`. */
  call(request) {
    const client = new this.Groq(options(request, server(request)));
    return called(client, METHODS[request.call.replace("groq.", "")], { ...request.fields, ...request.files });
  }
}
