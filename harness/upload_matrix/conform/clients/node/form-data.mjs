/** The package form-data, sent by itself over node:http. */

import FormData from "form-data";

import { filled, hasNoRetry, headers, succeeded, url } from "./_call.mjs";
import { containers } from "./_form_data.mjs";

hasNoRetry("form-data");
const form = await filled(new FormData(), containers);
const { protocol, hostname, port, pathname } = new URL(url);
const answer = await new Promise((resolve, reject) => {
  form.submit({ protocol, hostname, port, path: pathname, headers }, (error, response) =>
    error ? reject(error) : resolve(response.resume()),
  );
});
succeeded(answer.statusCode);
