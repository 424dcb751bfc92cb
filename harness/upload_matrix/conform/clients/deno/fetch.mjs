/** Deno's fetch, with Deno.open and Deno.readFile. */

import { filled, hasNoRetry, headers, succeeded, url } from "./_call.mjs";

hasNoRetry("Deno's fetch");
const form = await filled(new FormData(), {
  handle: async (file) => new Response((await Deno.open(file.path)).readable).blob(),
  buffer: async (file) => new Blob([await Deno.readFile(file.path)]),
  file: async (file) => new File([await Deno.readFile(file.path)], file.name, { type: file.type }),
  told: async (file) => [new Blob([await Deno.readFile(file.path)], { type: file.type }), file.name],
});
const answer = await fetch(url, { method: "POST", headers, body: form });
succeeded(answer.status);
