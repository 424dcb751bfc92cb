/** OpenAI's SDK on Deno. */

import { toFile } from "openai";

import { edited } from "./_openai.mjs";

await edited({
  handle: async (file) => new Response((await Deno.open(file.path)).readable),
  stream: async (file) => toFile((await Deno.open(file.path)).readable),
  buffer: async (file) => toFile(await Deno.readFile(file.path)),
  blob: async (file) => new Blob([await Deno.readFile(file.path)]),
  file: async (file) => new File([await Deno.readFile(file.path)], file.name, { type: file.type }),
  told: async (file) => toFile(await Deno.readFile(file.path), file.name, { type: file.type }),
});
