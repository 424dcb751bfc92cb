/** Node's own fetch with its FormData. */

import { filled, hasNoRetry, headers, succeeded, url } from "./_call.mjs";
import { containers } from "./_web.mjs";

hasNoRetry("fetch");
const answer = await fetch(url, { method: "POST", headers, body: await filled(new FormData(), containers) });
succeeded(answer.status);
