/** undici's request with its own FormData, and its RetryAgent. */

import { openAsBlob, readFileSync } from "node:fs";

import { Agent, FormData, RetryAgent, request } from "undici";

import { filled, headers, retries, succeeded, url } from "./_call.mjs";

const form = await filled(new FormData(), {
  buffer: (file) => new Blob([readFileSync(file.path)]),
  blob: (file) => openAsBlob(file.path),
  file: (file) => new File([readFileSync(file.path)], file.name, { type: file.type }),
  told: (file) => [new Blob([readFileSync(file.path)], { type: file.type }), file.name],
});
const retry = { maxRetries: retries, minTimeout: 10, methods: ["POST"], statusCodes: [500] };
const dispatcher = retries ? new RetryAgent(new Agent(), retry) : new Agent();
const answer = await request(url, { method: "POST", headers, body: form, dispatcher });
succeeded(answer.statusCode);
