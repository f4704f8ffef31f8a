// A message centre for SMS that speaks SMPP 3.4, on the package `smpp` (of tests/clients/js).
//
//   node smsc.mjs [--port N] [--system-id NAME] [--password WORD]
//
// Says {"event":"listening","port":PORT}, {"event":"bound",...}, {"event":"submitted","phone","sender","text","parts","ids"}
// when all parts of a message have come, {"event":"part",...} for each, {"event":"ended"}. A receipt follows where it was
// asked for. Commands:
//   {"status":S,"times":N}        answers submissions with this status, such as 88 for throttled
//   {"stall":true|false}          does not answer submissions
//   {"drop":true}                 breaks all connections
//   {"unbind":true}               logs everybody out
//   {"enquire":true}              asks whether the client is there; says {"event":"alive"}
//   {"message":{"phone","text"}}  a phone sends this
import { createRequire } from "node:module";
import { Behaviours, listen, options, say, takeCommands } from "./peer.mjs";

const smpp = createRequire(new URL("../clients/js/package.json", import.meta.url))("smpp");
const given = options({ port: "0", "system-id": "millrace", password: "secret" });
const behaviours = new Behaviours();
const sessions = new Set();
const partial = new Map();
let stalled = false;
let lastId = 0;

// Header, text and place of a part among its like.
function readPart(pdu) {
  const { udh, message } = pdu.short_message;
  const joined = udh?.find((element) => element[0] === 0x00);
  const text = Buffer.isBuffer(message) ? message.toString("latin1") : message;
  return joined ? { text, reference: joined[2], count: joined[3], index: joined[4] } : { text, reference: 0, count: 1, index: 1 };
}

function take(pdu, id) {
  const part = readPart(pdu);
  say("part", { phone: pdu.destination_addr, text: part.text, index: part.index, count: part.count, coding: pdu.data_coding,
                ton: pdu.dest_addr_ton, npi: pdu.dest_addr_npi });
  const key = `${pdu.source_addr} ${pdu.destination_addr} ${part.reference} ${part.count}`;
  const parts = partial.get(key) ?? new Map();
  parts.set(part.index, { text: part.text, id });
  partial.set(key, parts);
  if (parts.size < part.count) return;
  partial.delete(key);
  const inOrder = [...parts.entries()].sort(([a], [b]) => a - b).map(([, one]) => one);
  say("submitted", { phone: pdu.destination_addr, sender: pdu.source_addr, sender_ton: pdu.source_addr_ton,
                     text: inOrder.map((one) => one.text).join(""), parts: part.count, ids: inOrder.map((one) => one.id),
                     priority: pdu.priority_flag });
}

function receipt(session, pdu, id) {
  session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:`,
    receipted_message_id: id, message_state: smpp.MESSAGE_STATE.DELIVERED,
  }, (reply) => say("receipt-taken", { id, status: reply.command_status }));
}

function serve(session) {
  sessions.add(session);
  session.on("error", () => {});
  session.on("close", () => {
    sessions.delete(session);
    say("ended");
  });
  session.on("bind_transceiver", (pdu) => {
    const good = pdu.system_id === given["system-id"] && pdu.password === given.password;
    say("bound", { good, system_id: pdu.system_id, version: pdu.interface_version });
    session.send(pdu.response({ command_status: good ? smpp.ESME_ROK : smpp.ESME_RINVPASWD, system_id: "smsc" }));
  });
  session.on("submit_sm", (pdu) => {
    if (stalled) return;
    const status = behaviours.take("submit");
    if (status !== undefined) {
      say("refused", { phone: pdu.destination_addr, status });
      session.send(pdu.response({ command_status: status }));
      return;
    }
    const id = String(++lastId).padStart(8, "0");
    session.send(pdu.response({ message_id: id }));
    take(pdu, id);
    if (pdu.registered_delivery & 1) receipt(session, pdu, id);
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    say("unbound");
    session.send(pdu.response());
    session.close();
  });
  session.on("unknown", (pdu) => say("unknown", { command: pdu.command_id }));
}

takeCommands((command) => {
  if (command.status !== undefined) behaviours.set("submit", command.status, command.times);
  if (command.stall !== undefined) stalled = command.stall;
  for (const session of sessions) {
    if (command.drop) session.destroy();
    if (command.unbind) session.unbind();
    if (command.enquire) session.enquire_link({}, () => say("alive"));
    if (command.message) {
      session.deliver_sm({ source_addr: command.message.phone, source_addr_ton: 1, source_addr_npi: 1, destination_addr: "0",
                           short_message: command.message.text },
                         (reply) => say("message-taken", { status: reply.command_status }));
    }
  }
});
say("listening", { port: await listen(smpp.createServer(serve), given.port) });
