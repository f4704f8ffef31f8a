// A server for HTTP and HTTPS that keeps a record of what it gets and fails on command. Its certificate, for localhost and
// 127.0.0.1, comes from an authority of its own, made in --folder with the command openssl.
//
//   node https_sink.mjs --folder DIR [--port N] [--tls-port N]
//
// Says {"event":"listening","http":PORT,"https":PORT,"ca":FILE} and for each request {"event":"request","secure","method",
// "path","headers" (as they came),"body","connection" (a number),"answer"}. A command is a behaviour for a path, or for all
// paths that have none of their own ("*"), until it is null, or `times` times:
//   {"path":P,"status":S,"headers":{...},"body":TEXT,"delay_ms":N,"times":N}
//   {"path":P,"stall":true}     no answer, ever
//   {"path":P,"close":true}     the connection breaks when the request is read
//   {"path":P,"clear":true}     as usual again: 200
//   {"listen":false|true}       nobody there (connections are refused); there again, on the same ports
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { Behaviours, bodyOf, listen, options, say, takeCommands } from "./peer.mjs";

const given = options({ folder: "", port: "0", "tls-port": "0" });
const behaviours = new Behaviours();
const numbers = new WeakMap();
const sockets = new Set();
let connections = 0;

function makeCertificates(folder) {
  const at = (name) => path.join(folder, name);
  const openssl = (...words) => execFileSync("openssl", words, { stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=Test authority",
          "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign");
  openssl("req", ...newKey, "-keyout", at("server.key"), "-out", at("server.csr"), "-subj", "/CN=localhost");
  fs.writeFileSync(at("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  openssl("x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
          "-days", "2", "-extfile", at("server.ext"), "-out", at("server.pem"));
  return { ca: at("ca.pem"), key: fs.readFileSync(at("server.key")), cert: fs.readFileSync(at("server.pem")) };
}

async function serve(request, response) {
  const socket = request.socket;
  if (!numbers.has(socket)) numbers.set(socket, ++connections);
  const body = await bodyOf(request).catch(() => undefined);
  if (body === undefined) return;
  const behaviour = behaviours.take(request.url, "*") ?? {};
  say("request", {
    secure: Boolean(socket.encrypted), method: request.method, path: request.url, headers: request.rawHeaders, body,
    connection: numbers.get(socket), answer: behaviour.stall ? "stall" : behaviour.close ? "close" : behaviour.status ?? 200,
  });
  if (behaviour.stall) return;
  if (behaviour.close) {
    socket.destroy();
    return;
  }
  setTimeout(() => {
    response.writeHead(behaviour.status ?? 200, behaviour.headers ?? {});
    response.end(behaviour.body ?? "");
  }, behaviour.delay_ms ?? 0);
}

const certificates = makeCertificates(given.folder);
const plain = http.createServer({ keepAliveTimeout: 60_000 }, serve);
const secure = https.createServer({ ...certificates, ca: undefined, keepAliveTimeout: 60_000 }, serve);
for (const server of [plain, secure]) {
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
}
const ports = { http: await listen(plain, given.port), https: await listen(secure, given["tls-port"]) };

async function setListening(wanted) {
  if (wanted) {
    await listen(plain, ports.http);
    await listen(secure, ports.https);
    return;
  }
  const closed = [plain, secure].map((server) => new Promise((resolve) => server.close(resolve)));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
}

takeCommands(async (command) => {
  if (command.listen !== undefined) await setListening(command.listen);
  if (command.path) behaviours.set(command.path, command.clear ? null : command, command.times);
});
say("listening", { ...ports, ca: certificates.ca });
