/** axios with the package form-data. */

import axios from "axios";
import FormData from "form-data";

import { filled, hasNoRetry, headers, url } from "./_call.mjs";
import { containers } from "./_form_data.mjs";

hasNoRetry("axios");
await axios.post(url, await filled(new FormData(), containers), { headers });
