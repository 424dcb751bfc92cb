/**
 * The probe for Node: speaks the JSON lines of probe.py, instructions on standard input and reports on
 * standard output. `node probe.mjs --prefix FOLDER`, where `npm install --prefix FOLDER` put the packages
 * of the clients under test; `--folder FOLDER` adds a folder with `clients_node/` of the user's.
 */

import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { contained, own } from "./clients_node/_sdk.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** Characters of an exception's text that are handed on: more than are kept, as a key must not be cut in two. */
const MESSAGE_LIMIT = 8000;

/** What a client needs is not here; the text says what, and the way to get it. */
class UnavailableError extends Error {}

/** The client under test wanted to reach another machine than this one. */
class ElsewhereError extends Error {}

const { values: options } = parseArgs({
  options: { prefix: { type: "string", default: "." }, folder: { type: "string", multiple: true, default: [] } },
});

// Clients may print; the protocol keeps the real standard output to itself.
const say = ((write) => (document) => write(JSON.stringify(document) + "\n"))(
  process.stdout.write.bind(process.stdout),
);
process.stdout.write = process.stderr.write.bind(process.stderr);

// Code under test may have a real server's address and key of its own, and a case is no live call.
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const { path: local, host = typeof second === "string" ? second : "" } = first ?? {};
  if (!local && host && !host.startsWith("127.") && !["localhost", "::1"].includes(host)) {
    const error = new ElsewhereError(`a case has no network but its own base URL, and ${host} is not it`);
    // It fails where it would have looked the address up, which every caller is prepared for.
    return connect.call(this, { port: 1, host: "elsewhere.invalid", lookup: (_, __, done) => done(error) });
  }
  return connect.apply(this, given);
};

// A stream may fail after its call has ended. That must not end the probe.
process.on("uncaughtException", (error) => console.error(error));
process.on("unhandledRejection", (error) => console.error(error));

/** Path of every client file by the client's name; the user's folders win over this one. */
function clientFiles() {
  const found = new Map();
  for (const folder of [HERE, ...options.folder].map((home) => path.join(home, "clients_node"))) {
    for (const entry of fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []) {
      if (entry.endsWith(".mjs") && !entry.startsWith("_")) {
        found.set(entry.slice(0, -4).replaceAll("_", "-"), path.join(folder, entry));
      }
    }
  }
  return found;
}

/** The folder an npm package is installed in for the client of that file, or null; a user's may lie beside it. */
function installed(name, file) {
  const beside = file.startsWith(HERE) ? [] : createRequire(file).resolve.paths(name);
  const places = [path.resolve(options.prefix, "node_modules"), ...beside];
  const folders = places.map((place) => path.join(place, name));
  return folders.find((folder) => fs.existsSync(path.join(folder, "package.json"))) ?? null;
}

/** The package as `require` gives it to a program beside its `node_modules`. */
function load(name, file) {
  const folder = installed(name, file);
  if (folder === null) {
    const command = `npm install --prefix ${options.prefix} ${name}`;
    throw new UnavailableError(`${name} is not installed for Node: ${command}`);
  }
  return createRequire(path.join(folder, "program.cjs"))(name);
}

const files = clientFiles();
const clients = new Map();

/** The one client of that name. */
async function client(name) {
  if (!clients.has(name)) {
    if (!files.has(name)) throw new Error(`no client is called ${name}`);
    const file = files.get(name);
    const { Client, PACKAGES = [] } = await import(pathToFileURL(file));
    clients.set(name, new Client(Object.fromEntries(PACKAGES.map((item) => [item, load(item, file)]))));
  }
  return clients.get(name);
}

/** What this environment is. No mime table is looked in, so there are no guesses. */
async function hello() {
  const versions = {};
  for (const file of files.values()) {
    // A file that cannot be imported is said by the first case that needs it.
    const { PACKAGES = [] } = await import(pathToFileURL(file)).catch(() => ({}));
    for (const name of PACKAGES) {
      const folder = installed(name, file);
      if (folder) versions[name] = JSON.parse(fs.readFileSync(path.join(folder, "package.json"))).version;
    }
  }
  return { runtime: "node", node: process.versions.node, versions, guesses: {} };
}

/** A file to hand over: where it lies, what its bytes are, and a second one of the same format. */
function file(location, type, companion, name = path.basename(location)) {
  const second = name === path.basename(location) ? undefined : `second-${name}`;
  return {
    path: location,
    name,
    type,
    read: () => fs.readFileSync(location),
    companion: companion ? file(companion, type, undefined, second) : null,
  };
}

/** An exception and its causes, outermost first; cycles cut. */
function chain(error) {
  const seen = [];
  for (let item = error; item !== null && item !== undefined && !seen.includes(item); item = item.cause) {
    seen.push(item);
  }
  return seen.map((item) => ({
    name: item?.constructor?.name ?? typeof item,
    message: String(item?.message ?? item).slice(0, MESSAGE_LIMIT),
  }));
}

/** The answer's body as the SDK's exception carries it, as JSON text with sorted keys. */
function carriedBody(error) {
  const body = error?.error;
  if (body === undefined || body === null) return null;
  const keys = typeof body === "object" ? Object.keys(body).sort() : undefined;
  return JSON.stringify(body, keys).slice(0, MESSAGE_LIMIT);
}

/** `value` with what belongs under each name in place of its mark, the name between two NULs. */
function filled(value, given) {
  if (typeof value === "string") {
    return Object.entries(given).reduce((text, [name, other]) => text.replaceAll(`\0${name}\0`, other), value);
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, given));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, given)]));
}

/** Make the call of one instruction, after the one that has to come before it, if there is one. */
async function perform(instruction) {
  const { before, file_in_fields: embedded } = instruction;
  if (embedded) {
    const base64 = fs.readFileSync(embedded.path).toString("base64");
    instruction = { ...instruction, fields: filled(instruction.fields, { base64 }) };
  }
  if (!before) return (await made(instruction)).report;
  const { report, answer } = await made({ ...instruction, ...before });
  if (!("returned" in report)) return report;
  const given = {};
  for (const [name, way] of Object.entries(before.gives)) {
    const value = way.split(".").reduce((holder, key) => holder?.[key], answer);
    if (value === undefined) return { broken: `${before.call} gave no ${way} to go on with`, trace: "" };
    given[name] = String(value);
  }
  return (await made({ ...instruction, fields: filled(instruction.fields, given) })).report;
}

/** The report of one call, which is whatever it throws, and its answer. */
async function made(instruction) {
  let maker;
  const handed = {};
  try {
    maker = await client(instruction.client);
    for (const { field, container, path: location, name, type, companion } of instruction.files) {
      const given = file(location, type, companion, name);
      handed[field] = await (maker.contain
        ? maker.contain(container, given)
        : contained(instruction.client, own, container, given));
    }
  } catch (error) {
    if (error instanceof UnavailableError) return { report: { unavailable: error.message } };
    // Not the client's word: the container or the client itself could not be made.
    return {
      report: { broken: `${error?.constructor?.name}: ${error?.message}`, trace: String(error?.stack) },
    };
  }
  try {
    const given = instruction.file_in_fields ?? instruction.raw ?? instruction.files[0];
    const named = {
      baseURL: instruction.base_url,
      sdkCall: instruction.sdk_call ?? instruction.call,
      // The case's file whatever carries it, for code that writes the rest itself.
      file: given ? { name: path.basename(given.path), ...given } : null,
    };
    const answer = await maker.call({ ...instruction, ...named, files: handed });
    return { report: { returned: answer?.constructor?.name ?? typeof answer }, answer };
  } catch (error) {
    const status = [error?.status, error?.statusCode].find(Number.isInteger) ?? null;
    return { report: { raised: chain(error), status, body: carriedBody(error) } };
  }
}

say({ hello: await hello() });
for await (const line of readline.createInterface({ input: process.stdin })) {
  const instruction = JSON.parse(line);
  if (instruction.warm) {
    // What fails here is said again, in its place, by the first case that needs this client.
    for (const name of instruction.warm) await client(name).catch(() => {});
    say({ warmed: instruction.warm });
    continue;
  }
  say({ ...(await perform(instruction)), id: instruction.id });
}
// A connection kept alive would keep the program alive.
process.exit(0);
