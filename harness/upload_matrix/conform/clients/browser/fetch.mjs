/** fetch in a page, with files chosen in it. */

import { chosen } from "./_browser.mjs";
import { hasNoRetry } from "./_call.mjs";

hasNoRetry("fetch");
await chosen(async (input, call) => {
  const body = await filled(input.files, call);
  const answer = await fetch(call.url, { method: "POST", headers: call.headers, body });
  return answer.status;
});
