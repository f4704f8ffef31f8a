// What the peers written in JavaScript share: a line of JSON on standard output for each thing that happens, commands as
// lines of JSON on standard input, and an end when that closes.
import { createInterface } from "node:readline";

export function say(event, fields = {}) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");
}

// Runs `handle` for each command and says "done" after it, or "failed" with the reason.
export function takeCommands(handle) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    try {
      await handle(JSON.parse(line));
      say("done");
    } catch (error) {
      say("failed", { why: String(error) });
    }
  });
  lines.on("close", () => process.exit(0));
}

// --name value --other value
export function options(defaults) {
  const result = { ...defaults };
  for (let i = 2; i < process.argv.length; i += 2) {
    const name = process.argv[i].replace(/^--/, "");
    if (!(name in defaults)) throw new Error(`there is no option --${name}; there are ${Object.keys(defaults)}`);
    result[name] = process.argv[i + 1];
  }
  return result;
}

export function listen(server, port = 0) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), "127.0.0.1", () => resolve(server.address().port));
  });
}

export function bodyOf(stream) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => resolve(Buffer.concat(chunks).toString()));
    stream.on("error", reject);
  });
}

// Behaviours that a test has asked for: by key, for so many times, or until they are changed.
export class Behaviours {
  #byKey = new Map();
  set(key, behaviour, times = Infinity) {
    if (behaviour === null) this.#byKey.delete(key);
    else this.#byKey.set(key, { behaviour, times });
  }
  // The behaviour for the first of these keys that has one; it counts as used.
  take(...keys) {
    const key = keys.find((candidate) => this.#byKey.has(candidate));
    if (key === undefined) return undefined;
    const entry = this.#byKey.get(key);
    if (--entry.times <= 0) this.#byKey.delete(key);
    return entry.behaviour;
  }
}
