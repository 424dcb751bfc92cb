/** node-fetch 2 with the package form-data. */

import FormData from "form-data";
import fetch from "node-fetch";

import { filled, hasNoRetry, headers, succeeded, url } from "./_call.mjs";
import { containers } from "./_form_data.mjs";

hasNoRetry("node-fetch");
const answer = await fetch(url, { method: "POST", headers, body: await filled(new FormData(), containers) });
succeeded(answer.status);
