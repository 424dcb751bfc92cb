/** ky, which is fetch with retries, with the FormData that Node has built in. */

import ky from "ky";

import { filled, headers, retries, url } from "./_call.mjs";
import { containers } from "./_web.mjs";

const body = await filled(new FormData(), containers);
await ky.post(url, { headers, body, retry: { limit: retries, methods: ["post"], backoffLimit: 10 } });
