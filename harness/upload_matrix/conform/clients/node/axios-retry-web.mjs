/** axios with the FormData that Node has built in, and with axios-retry around it. */

import axios from "axios";
import axiosRetry from "axios-retry";

import { filled, headers, retries, url } from "./_call.mjs";
import { containers } from "./_web.mjs";

axiosRetry(axios, { retries, retryCondition: (error) => error.response?.status >= 500 });
await axios.post(url, await filled(new FormData(), containers), { headers });
