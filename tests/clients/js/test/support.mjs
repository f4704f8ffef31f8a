// A server for a test file, a client, and the shape that an error has in the SDK.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { SQSClient } from "@aws-sdk/client-sqs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../..");
const binary = process.env.MILLRACE_BINARY ?? path.join(root, "build/release/millrace");

export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export async function startServer(...flags) {
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-test-"));
  const log = openSync(path.join(folder, "server.log"), "a");
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ["serve", "--listen", url.slice(7), "--data", path.join(folder, "data"), ...flags], {
    stdio: ["ignore", log, log],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer?.status === 200) break;
    if (child.exitCode !== null) throw new Error(readFileSync(path.join(folder, "server.log"), "utf8"));
  }
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      const status = await ended;
      rmSync(folder, { recursive: true });
      assert.equal(status, 0, "the server ends well");
    },
  };
}

// What every client is made with: each error is reported at once.
export const settings = (server, options = {}) => ({
  endpoint: server.url,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
  ...options,
});

export const client = (server, options = {}) => new SQSClient(settings(server, options));

let names = 0;
export const freshName = (suffix = "") => `js-${process.pid}-${++names}${suffix}`;

// The value with its placeholders ($standard, $times:x:81 …) replaced, for the tables of errors.
export function filled(value, names) {
  if (Array.isArray(value)) return value.map((item) => filled(item, names));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [filled(key, names), filled(item, names)]));
  }
  if (typeof value !== "string") return value;
  const times = /^\$times:(.*):(\d+)$/.exec(value);
  if (times) return times[1].repeat(Number(times[2]));
  for (const name of Object.keys(names).sort((a, b) => b.length - a.length)) value = value.replaceAll(`$${name}`, names[name]);
  return value;
}

// The promise must fail with an error of this name; gives the error.
export async function fails(name, promise) {
  const error = await promise.then(
    () => assert.fail(`should have failed with ${name}`),
    (reason) => reason,
  );
  assert.equal(error.name, name, error.message);
  return error;
}
