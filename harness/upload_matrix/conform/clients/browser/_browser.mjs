/** Chromium with the page beside this, which another origin serves than the one that it calls. */

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import process from "node:process";

import puppeteer from "puppeteer-core";

import * as call from "./_call.mjs";

/** Has `work(page, call)` give the status of the answer, in a browser that ends with it. */
export async function inBrowser(work) {
  const server = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8").end(readFileSync("_page.html"));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await puppeteer.launch({
    executablePath: process.env.PATH.split(delimiter).map((folder) => join(folder, "chromium")).find(existsSync),
    // Chromium has no sandbox for root.
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    call.succeeded(await work(page, { ...call }));
  } finally {
    await browser.close();
    server.close();
  }
}

/** As `inBrowser`, with the files chosen in the page's input: `send(input, call)` runs in the page. */
export const chosen = (send) =>
  inBrowser(async (page, { files, ...rest }) => {
    const input = await page.$("#input");
    await input.uploadFile(...files.map((file) => file.path));
    return page.evaluate(send, input, { files, ...rest });
  });
