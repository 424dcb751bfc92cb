/** Anthropic's SDK for Node: `@anthropic-ai/sdk` on npm. What is said of it stands in clients/node_anthropic.py. */

import { called, contained, containers, options, server } from "./_sdk.mjs";

export const PACKAGES = ["@anthropic-ai/sdk"];

const METHODS = {
  "messages.create": "messages.create",
  "anthropic.files.upload": "beta.files.upload",
  "files.create": "beta.files.upload",
};

export class Client {
  constructor({ "@anthropic-ai/sdk": sdk }) {
    this.Anthropic = sdk.Anthropic ?? sdk.default;
    this.containers = containers(sdk.toFile);
  }

  contain(word, file) {
    return contained("node-anthropic", this.containers, word, file);
  }

  /** Call, say, `client.messages.create({model, max_tokens, messages})`. */
  call(request) {
    const client = new this.Anthropic(options(request, server(request)));
    return called(client, METHODS[request.call], { ...request.fields, ...request.files });
  }
}
