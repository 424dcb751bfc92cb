/** axios with the FormData that Node has built in. */

import axios from "axios";

import { filled, hasNoRetry, headers, url } from "./_call.mjs";
import { containers } from "./_web.mjs";

hasNoRetry("axios");
await axios.post(url, await filled(new FormData(), containers), { headers });
