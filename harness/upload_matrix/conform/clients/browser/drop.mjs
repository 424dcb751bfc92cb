/** fetch in a page, with files that were dragged from the desktop into it. */

import { inBrowser } from "./_browser.mjs";
import { hasNoRetry } from "./_call.mjs";

hasNoRetry("fetch");
await inBrowser(async (page, call) => {
  const devtools = await page.createCDPSession();
  const data = { items: [], files: call.files.map((file) => file.path), dragOperationsMask: 1 };
  const zone = await (await page.$("#zone")).clickablePoint();
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await devtools.send("Input.dispatchDragEvent", { type, ...zone, data });
  }
  return page.evaluate(async (call) => {
    const body = await filled(await dropped, call);
    const answer = await fetch(call.url, { method: "POST", headers: call.headers, body });
    return answer.status;
  }, call);
});
