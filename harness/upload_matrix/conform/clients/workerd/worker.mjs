/** The worker: fetch and FormData of workerd, with files that another service of it has. */

import { filled, headers, url } from "./_call.mjs";

export default {
  async fetch(_, { FILES }) {
    const read = ({ path }) => FILES.fetch(`http://files/${encodeURIComponent(path.split("/").pop())}`);
    const form = await filled(new FormData(), {
      blob: async (file) => (await read(file)).blob(),
      buffer: async (file) => new Blob([await (await read(file)).arrayBuffer()]),
      file: async (file) => new File([await (await read(file)).arrayBuffer()], file.name, { type: file.type }),
      told: async (file) => [new Blob([await (await read(file)).arrayBuffer()], { type: file.type }), file.name],
    });
    const { status } = await fetch(url, { method: "POST", headers, body: form });
    return new Response(null, { status });
  },
};
