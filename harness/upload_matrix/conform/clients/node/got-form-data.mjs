/** got with the package form-data. */

import FormData from "form-data";
import got from "got";

import { filled, headers, retries, url } from "./_call.mjs";
import { containers } from "./_form_data.mjs";

const body = await filled(new FormData(), containers);
await got.post(url, { headers, body, retry: { limit: retries, methods: ["POST"], backoffLimit: 10 } });
