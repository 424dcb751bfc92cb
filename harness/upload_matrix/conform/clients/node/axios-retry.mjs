/** axios with the package form-data, and with axios-retry around it. */

import axios from "axios";
import axiosRetry from "axios-retry";
import FormData from "form-data";

import { filled, headers, retries, url } from "./_call.mjs";
import { containers } from "./_form_data.mjs";

axiosRetry(axios, { retries, retryCondition: (error) => error.response?.status >= 500 });
await axios.post(url, await filled(new FormData(), containers), { headers });
