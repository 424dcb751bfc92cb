/** XMLHttpRequest in a page, with files chosen in it. */

import { chosen } from "./_browser.mjs";
import { hasNoRetry } from "./_call.mjs";

hasNoRetry("XMLHttpRequest");
await chosen(async (input, call) => {
  const request = new XMLHttpRequest();
  request.open("POST", call.url);
  for (const [name, value] of Object.entries(call.headers)) request.setRequestHeader(name, value);
  request.send(await filled(input.files, call));
  await new Promise((resolve) => request.addEventListener("loadend", resolve));
  return request.status;
});
