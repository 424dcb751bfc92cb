/** The AI SDK: `ai` with `@ai-sdk/openai` on npm. What is said of it stands in clients/node_ai.py. */

import { DUMMY_KEY, readable } from "./_sdk.mjs";

export const PACKAGES = ["ai", "@ai-sdk/openai"];

/** A part of a message as the AI SDK's users write it. */
function part(block) {
  if (block.type === "image_url") return { type: "image", image: block.image_url.url };
  if (block.type === "input_image") return { type: "image", image: block.image_url };
  if (block.type === "text" || block.type === "input_text") return { type: "text", text: block.text };
  throw new Error(`a block of type ${block.type} has no like of it here`);
}

export class Client {
  constructor({ ai, "@ai-sdk/openai": openai }) {
    this.generateText = ai.generateText;
    this.createOpenAI = openai.createOpenAI;
  }

  /** Call `generateText({model: openai.chat(name), messages})`. */
  async call(request) {
    const provider = this.createOpenAI({ apiKey: DUMMY_KEY, baseURL: request.baseURL });
    const { model, messages, input, max_completion_tokens, max_output_tokens } = request.fields;
    const said = (messages ?? input).map(({ role, content }) => ({
      role,
      content: Array.isArray(content) ? content.map(part) : content,
    }));
    return readable(
      await this.generateText({
        model: request.call === "responses.create" ? provider.responses(model) : provider.chat(model),
        messages: said,
        maxOutputTokens: max_completion_tokens ?? max_output_tokens,
        maxRetries: request.retries,
        abortSignal: AbortSignal.timeout(request.timeout * 1000),
      }),
    );
  }
}
