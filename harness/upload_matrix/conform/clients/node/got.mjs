/** got with the FormData that Node has built in. */

import got from "got";

import { filled, headers, retries, url } from "./_call.mjs";
import { containers } from "./_web.mjs";

const body = await filled(new FormData(), containers);
await got.post(url, { headers, body, retry: { limit: retries, methods: ["POST"], backoffLimit: 10 } });
