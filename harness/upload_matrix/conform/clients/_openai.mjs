/** The SDK of OpenAI: one call, on whatever runtime it is started. */

import OpenAI from "openai";

import { baseURL, contained, files, key, retries, texts } from "./_call.mjs";

/** Edits the images that `containers` make; a list where there are more than one. */
export async function edited(containers) {
  const client = new OpenAI({ apiKey: key, baseURL, maxRetries: retries });
  const images = await contained(containers);
  await client.images.edit({ ...texts, image: files.length > 1 ? images : images[0] });
}
