/** What `upload-matrix conform client` hands to a program in JavaScript; every client on Node, Bun and Deno has it beside it. */

import { basename } from "node:path";
import process from "node:process";

const env = (name) => process.env[`UPLOAD_MATRIX_${name}`] ?? "";

export const url = env("URL");
export const baseURL = env("BASE_URL");
export const key = env("API_KEY");
export const field = env("FIELD");
export const texts = { model: env("MODEL"), prompt: env("PROMPT") };
export const headers = { Authorization: `Bearer ${key}` };

/** How often the client may try again. */
export const retries = Number(env("TRIES") || 1) - 1;

const types = env("TYPES").split("\n");

/** The files to send: where each lies, what it is called (the first maybe otherwise than on the disk), what it is. */
export const files = env("FILES")
  .split("\n")
  .map((path, number) => ({
    path,
    name: (number === 0 && env("FILENAME")) || basename(path),
    type: types[number] || env("TYPE"),
  }));

/** The client has no such thing: says so, and ends. */
export function lacks(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(77);
}

/** For a client that never tries again by itself. */
export function hasNoRetry(client) {
  if (retries) lacks(`${client} has no retry of its own`);
}

/** The way to hand a file over that is asked for; empty: as the program likes best. */
export const container = env("CONTAINER");

/** Every file in the container that is asked for, made by the function of its name; the first where none is. */
export function contained(containers) {
  const asked = container || Object.keys(containers)[0];
  if (!Object.hasOwn(containers, asked)) lacks(`no container ${asked} here`);
  return Promise.all(files.map((file) => containers[asked](file)));
}

/** The form of a call, in any FormData: `append` is called with what each container gives. */
export async function filled(form, containers) {
  for (const [name, value] of Object.entries(texts)) form.append(name, value);
  for (const given of await contained(containers)) form.append(field, ...[given].flat());
  return form;
}

/** An answer that is no success is the program's error, as it is its user's. */
export function succeeded(status) {
  if (status < 200 || status > 299) throw new Error(`answered ${status}`);
}

// The first line of stderr is what a table quotes, so it is the error and not where it was thrown.
process.on("uncaughtException", (error) => {
  const cause = error?.cause?.message ? `: ${error.cause.message}` : "";
  process.stderr.write(`${error?.name ?? "Error"}: ${error?.message ?? error}${cause}\n`);
  process.exit(1);
});
