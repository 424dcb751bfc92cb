/** ofetch, which is fetch with retries, with the FormData that Node has built in. */

import { ofetch } from "ofetch";

import { filled, headers, retries, url } from "./_call.mjs";
import { containers } from "./_web.mjs";

await ofetch(url, { method: "POST", headers, body: await filled(new FormData(), containers), retry: retries });
