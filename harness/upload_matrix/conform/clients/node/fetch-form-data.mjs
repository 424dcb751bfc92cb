/** Node's own fetch with the package form-data, which it does not know as a form, nor as a stream. */

import FormData from "form-data";

import { filled, hasNoRetry, headers, succeeded, url } from "./_call.mjs";
import { containers } from "./_form_data.mjs";

hasNoRetry("fetch");
const form = await filled(new FormData(), containers);
const answer = await fetch(url, {
  method: "POST",
  headers: { ...headers, ...form.getHeaders() },
  body: form,
});
succeeded(answer.status);
