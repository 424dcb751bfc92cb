/** The containers of the FormData that Node has built in, whoever sends it. */

import { openAsBlob, readFileSync } from "node:fs";

export const containers = {
  buffer: (file) => new Blob([readFileSync(file.path)]),
  blob: (file) => openAsBlob(file.path),
  file: (file) => new File([readFileSync(file.path)], file.name, { type: file.type }),
  told: (file) => [new Blob([readFileSync(file.path)], { type: file.type }), file.name],
};
