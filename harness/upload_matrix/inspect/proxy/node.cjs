// Runs first in a Node program behind the proxy: TLS connections to the hosts that are opened go through it.
//
// Loaded by NODE_OPTIONS=--require. Node reads no HTTPS_PROXY by itself, and a program's own agent may not either.
// All else is left alone, and so is a connection that goes over a proxy already. The proxy does not answer this
// CONNECT in words, so what follows on the socket is TLS at once.
"use strict";

const address = process.env.UPLOAD_MATRIX_PROXY;
const hosts = (process.env.UPLOAD_MATRIX_PROXY_HOSTS || "").split(",").filter(Boolean);

if (address && hosts.length) {
  const net = require("net");
  const tls = require("tls");
  const proxy = new URL(address);
  const patterns = hosts.map((host) => {
    const escaped = host.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*");
    return new RegExp(`^${host.startsWith(".") ? ".*" : ""}${escaped}$`, "i");
  });
  const original = tls.connect;

  tls.connect = function connect(...args) {
    const options = Object.assign({}, ...args.filter((each) => each && typeof each === "object"));
    if (typeof args[0] === "number" || (typeof args[0] === "string" && args[0])) options.port = args[0];
    if (typeof args[1] === "string") options.host = args[1];
    const host = options.host || "localhost";
    if (options.socket || options.path || !patterns.some((each) => each.test(host))) {
      return original.apply(this, arguments);
    }
    const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${options.port || 443}`;
    const socket = net.connect({host: proxy.hostname, port: Number(proxy.port)});
    socket.setNoDelay(true);
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nX-Upload-Matrix-Silent: 1\r\n\r\n`);
    const named = options.servername === undefined && !net.isIP(host) ? {servername: host} : {};
    const done = args.find((each) => typeof each === "function");
    return original.call(this, {...options, ...named, socket}, done);
  };
  // For programs that import the function by its name.
  require("module").syncBuiltinESMExports();
}
