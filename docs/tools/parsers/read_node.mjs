// Reads bodies with the multipart parsers for Node; the same JSON in and out as read_python.py.
// busboy, formidable and multer get a real request on the loopback address, undici's Response the body itself.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";

import busboy from "busboy";
import formidable from "formidable";
import multer from "multer";
import { Response } from "undici";

const base64 = (value) => Buffer.from(value).toString("base64");
const field = (name, value) => ["field", name ?? null, null, null, base64(value)];

const ON_A_SERVER = {
  busboy: (request) =>
    new Promise((resolve, reject) => {
      const parts = [];
      const parser = busboy({ headers: request.headers });
      parser.on("field", (name, value) => parts.push(field(name, value)));
      parser.on("file", (name, stream, info) => {
        const chunks = [];
        stream.on("data", (chunk) => chunks.push(chunk));
        stream.on("error", reject);
        stream.on("end", () =>
          parts.push(["file", name ?? null, info.filename ?? null, info.mimeType, base64(Buffer.concat(chunks))]));
      });
      parser.on("error", reject);
      parser.on("close", () => resolve(parts));
      request.pipe(parser);
    }),

  multer: (request) =>
    new Promise((resolve, reject) =>
      multer({ storage: multer.memoryStorage() }).any()(request, {}, (error) => {
        if (error) return reject(error);
        const fields = Object.entries(request.body ?? {}).flatMap(([name, value]) => flat(name, value));
        const files = (request.files ?? []).map((file) =>
          ["file", file.fieldname ?? null, file.originalname ?? null, file.mimetype, base64(file.buffer)]);
        resolve([...fields, ...files]);
      })),

  formidable: async (request) => {
    const [fields, files] = await formidable({ uploadDir: os.tmpdir() }).parse(request);
    const parts = Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => field(name, value)));
    for (const [name, list] of Object.entries(files)) {
      for (const file of list) {
        parts.push(["file", name, file.originalFilename, file.mimetype, base64(await readFile(file.filepath))]);
      }
    }
    return parts;
  },
};

const flat = (name, value) => [value].flat().map((each) => field(name, each));

async function undici(type, body) {
  const parts = [];
  for (const [name, value] of await new Response(body, { headers: { "content-type": type } }).formData()) {
    if (typeof value === "string") parts.push(field(name, value));
    else parts.push(["file", name, value.name, value.type, base64(await value.arrayBuffer())]);
  }
  return parts;
}

const named = (error) => ({ error: error?.code && typeof error.code === "string" ? error.code : error?.message ?? String(error) });

async function onServer(parse, type, body) {
  let answer = { error: "no answer" };
  const server = http.createServer(async (request, response) => {
    try {
      answer = { parts: await parse(request) };
    } catch (error) {
      answer = named(error);
    }
    request.resume();
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  await new Promise((resolve) => {
    const headers = { "content-type": type, "content-length": body.length, connection: "close" };
    const request = http.request({ port: server.address().port, host: "127.0.0.1", method: "POST", headers, timeout: 5000 });
    request.on("response", (response) => response.resume().on("end", resolve));
    request.on("error", resolve);
    request.on("timeout", () => request.destroy());
    request.end(body);
  });
  server.closeAllConnections();
  server.close();
  return answer;
}

const answer = { busboy: {}, multer: {}, formidable: {}, undici: {} };
for (const { notation, type, body } of JSON.parse(readFileSync(0, "utf8"))) {
  const bytes = Buffer.from(body, "base64");
  for (const [parser, parse] of Object.entries(ON_A_SERVER)) {
    answer[parser][notation] = await onServer(parse, type, bytes);
  }
  answer.undici[notation] = await undici(type, bytes).then((parts) => ({ parts }), named);
}
process.stdout.write(JSON.stringify(answer));
