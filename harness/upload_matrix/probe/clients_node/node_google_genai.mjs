/** Google's SDK for Node: `@google/genai` on npm. What is said of it stands in clients/node_google_genai.py. */

import { called, DUMMY_KEY, server } from "./_sdk.mjs";

export const PACKAGES = ["@google/genai"];

/** The same contents as this SDK's users write them: `inlineData` with `mimeType`. */
function spelled(value) {
  if (Array.isArray(value)) return value.map(spelled);
  if (value === null || typeof value !== "object") return value;
  const names = { inline_data: "inlineData", mime_type: "mimeType", file_data: "fileData", file_uri: "fileUri" };
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [names[name] ?? name, spelled(each)]));
}

export class Client {
  constructor({ "@google/genai": sdk }) {
    this.GoogleGenAI = sdk.GoogleGenAI;
  }

  /** Call `client.models.generateContent({model, contents, config})`. */
  call(request) {
    const baseUrl = server(request);
    const apiVersion = request.baseURL.slice(baseUrl.length).replace(/^\//, "");
    const httpOptions = { baseUrl, apiVersion, timeout: request.timeout * 1000 };
    const client = new this.GoogleGenAI({ apiKey: DUMMY_KEY, httpOptions });
    const { contents, generationConfig, ...config } = request.fields;
    const model = request.path.split("/").pop().split(":")[0];
    return called(client, "models.generateContent", {
      model,
      contents: spelled(contents),
      config: { ...config, ...generationConfig },
    });
  }
}
