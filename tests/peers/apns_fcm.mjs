// APNs, FCM and ADM as their documents describe them, with the issuers of access tokens, for tests of push.
//
//   node apns_fcm.mjs --apns-key PUBLIC.pem --service-account ACCOUNT.json --adm-id ID --adm-secret SECRET
//        [--tls-key KEY.pem --tls-certificate CERT.pem [--client-authority CA.pem]]
//
// Says {"event":"listening","apns":PORT,"http":PORT}: APNs speaks HTTP/2 only, the others HTTP/1.1; with TLS if a key is
// given. With an authority, a certificate of its making is a login at APNs too. Each request becomes {"event":"push","platform","token","payload","headers"} or {"event":"token",...}; what a
// service would refuse is answered with its own error. Commands:
//   {"device":TOKEN,"answer":A,"times":N}  A: unregistered, bad-token, throttle, error, expired-login, stall; null: as usual
//   {"issuer":A,"times":N}                 A: refuse, error, stall, short (a token that lives a second)
//   {"forget":true}                        every access token that was issued is void
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { Behaviours, bodyOf, listen, options, say, takeCommands } from "./peer.mjs";

const given = options({
  "apns-key": "", "service-account": "", "adm-id": "", "adm-secret": "", "tls-key": "", "tls-certificate": "",
  "client-authority": "",
});
const behaviours = new Behaviours();
const issued = new Map();
const apnsLogins = new Map();

const APNS_PAYLOAD_MAX = 4096;
const APNS_LOGIN_SECONDS_MAX = 3600;
const APNS_LOGIN_SECONDS_MIN = 1200;
const APNS_PUSH_TYPES = ["alert", "background", "location", "voip", "complication", "fileprovider", "mdm", "liveactivity",
                         "pushtotalk", "widgets", "controls"];

function readJwt(token, algorithm, key) {
  const [header, claims, signature] = token.split(".");
  if (!signature) throw new Error("not a JWT");
  const parsed = { header: JSON.parse(Buffer.from(header, "base64url")), claims: JSON.parse(Buffer.from(claims, "base64url")) };
  if (parsed.header.alg !== algorithm) throw new Error(`alg ${parsed.header.alg}`);
  const options = algorithm === "ES256" ? { key, dsaEncoding: "ieee-p1363" } : key;
  if (!crypto.verify("sha256", `${header}.${claims}`, options, Buffer.from(signature, "base64url"))) throw new Error("signature");
  return parsed;
}

// The reason why APNs would not accept a login, or nothing.
function apnsLoginFault(authorization) {
  if (!authorization?.startsWith("bearer ")) return [403, "MissingProviderToken"];
  const token = authorization.slice("bearer ".length);
  let jwt;
  try {
    jwt = readJwt(token, "ES256", fs.readFileSync(given["apns-key"]));
  } catch {
    return [403, "InvalidProviderToken"];
  }
  const now = Date.now() / 1000;
  if (!jwt.header.kid || !jwt.claims.iss || !(jwt.claims.iat <= now + 60)) return [403, "InvalidProviderToken"];
  if (jwt.claims.iat < now - APNS_LOGIN_SECONDS_MAX) return [403, "ExpiredProviderToken"];
  const last = apnsLogins.get(jwt.header.kid);
  if (last && last.token !== token && jwt.claims.iat - last.iat < APNS_LOGIN_SECONDS_MIN) return [429, "TooManyProviderTokenUpdates"];
  apnsLogins.set(jwt.header.kid, { token, iat: jwt.claims.iat });
  return undefined;
}

function apnsFault(headers, device, payload, certificate) {
  const login = certificate ? undefined : apnsLoginFault(headers["authorization"]);
  if (login) return login;
  if (headers[":method"] !== "POST") return [405, "MethodNotAllowed"];
  if (device === undefined) return [404, "BadPath"];
  if (!/^([0-9a-f]{2}){32,100}$/i.test(device)) return [400, "BadDeviceToken"];
  if (!headers["apns-topic"] && !certificate) return [400, "MissingTopic"];
  if (certificate && headers["apns-topic"] && headers["apns-topic"] !== certificate.subject.UID) return [400, "TopicDisallowed"];
  if (!APNS_PUSH_TYPES.includes(headers["apns-push-type"])) return [400, "InvalidPushType"];
  if (!["1", "5", "10", undefined].includes(headers["apns-priority"])) return [400, "BadPriority"];
  if (headers["apns-push-type"] === "background" && headers["apns-priority"] !== "5") return [400, "BadPriority"];
  if (!/^\d+$/.test(headers["apns-expiration"] ?? "0")) return [400, "BadExpirationDate"];
  if (Buffer.byteLength(headers["apns-collapse-id"] ?? "") > 64) return [400, "BadCollapseId"];
  if (payload === "") return [400, "PayloadEmpty"];
  if (Buffer.byteLength(payload) > APNS_PAYLOAD_MAX) return [413, "PayloadTooLarge"];
  try {
    if (typeof JSON.parse(payload).aps !== "object") return [400, "BadMessage"];
  } catch {
    return [400, "BadMessage"];
  }
  return undefined;
}

const APNS_ANSWERS = {
  "unregistered": [410, "Unregistered"], "bad-token": [400, "BadDeviceToken"], "throttle": [429, "TooManyRequests"],
  "error": [500, "InternalServerError"], "expired-login": [403, "ExpiredProviderToken"],
};

async function serveApns(stream, headers) {
  const device = /^\/3\/device\/([^/]+)$/.exec(headers[":path"])?.[1];
  const payload = await bodyOf(stream);
  const asked = behaviours.take(device);
  const socket = stream.session.socket;
  const certificate = socket.authorized ? socket.getPeerCertificate() : undefined;
  say("push", { platform: "apns", token: device, payload, headers: { ...headers }, answer: asked,
                certificate: certificate?.subject.UID });
  if (asked === "stall") return;
  const [status, reason] = APNS_ANSWERS[asked] ?? apnsFault(headers, device, payload, certificate) ?? [200];
  const id = headers["apns-id"] ?? crypto.randomUUID().toUpperCase();
  stream.respond({ ":status": status, "apns-id": id });
  stream.end(reason ? JSON.stringify(status === 410 ? { reason, timestamp: Date.now() } : { reason }) : undefined);
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function issue(response) {
  const access_token = crypto.randomBytes(24).toString("base64url");
  const expires_in = behaviours.take("issuer-short") ? 1 : 3600;
  issued.set(access_token, Date.now() + expires_in * 1000);
  answer(response, 200, { access_token, expires_in, token_type: "Bearer" });
}

function hasToken(request) {
  const token = /^Bearer (.+)$/.exec(request.headers["authorization"] ?? "")?.[1];
  return issued.get(token) > Date.now();
}

function googleLoginFault(form) {
  if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") return ["unsupported_grant_type", "Invalid grant_type"];
  const account = JSON.parse(fs.readFileSync(given["service-account"]));
  let claims;
  try {
    claims = readJwt(form.get("assertion"), "RS256", crypto.createPublicKey(account.private_key)).claims;
  } catch (error) {
    return ["invalid_grant", `Invalid JWT: ${error.message}`];
  }
  const now = Date.now() / 1000;
  if (claims.iss !== account.client_email) return ["invalid_grant", "Invalid issuer"];
  if (!claims.scope?.split(" ").includes("https://www.googleapis.com/auth/firebase.messaging")) return ["invalid_scope", "No such scope"];
  if (!(claims.iat <= now + 60 && claims.exp > now && claims.exp - claims.iat <= 3600)) return ["invalid_grant", "Invalid times"];
  if (!claims.aud?.endsWith("/token")) return ["invalid_grant", "Invalid audience"];
  return undefined;
}

function amazonLoginFault(form) {
  if (form.get("grant_type") !== "client_credentials") return ["unsupported_grant_type", "grant_type"];
  if (form.get("scope") !== "messaging:push") return ["invalid_scope", "scope"];
  if (form.get("client_id") !== given["adm-id"] || form.get("client_secret") !== given["adm-secret"]) return ["invalid_client", "credentials"];
  return undefined;
}

function serveIssuer(request, response, body, fault) {
  const asked = behaviours.take("issuer");
  say("token", { path: request.url, answer: asked });
  if (asked === "stall") return undefined;
  if (asked === "error") return answer(response, 503, {});
  if (asked === "refuse") return answer(response, 400, { error: "invalid_grant", error_description: "asked for" });
  if (asked === "short") behaviours.set("issuer-short", true, 1);
  const wrong = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")
    ? fault(new URLSearchParams(body)) : ["invalid_request", "content-type"];
  return wrong ? answer(response, 400, { error: wrong[0], error_description: wrong[1] }) : issue(response);
}

const FCM_MESSAGE_FIELDS = ["name", "data", "notification", "android", "webpush", "apns", "fcm_options", "token"];
const FCM_STATUS = { 400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE" };

function fcmError(response, code, message, detail) {
  const details = detail ? [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: detail }] : [];
  return answer(response, code, { error: { code, message, status: FCM_STATUS[code], details } });
}

function fcmFault(message) {
  if (typeof message !== "object" || message === null) return "message is missing";
  const unknown = Object.keys(message).find((name) => !FCM_MESSAGE_FIELDS.includes(name));
  if (unknown) return `Unknown name "${unknown}" at 'message'`;
  const wrong = Object.entries(message.data ?? {}).find(([, value]) => typeof value !== "string");
  if (wrong) return `Invalid value at 'message.data[0].value' (TYPE_STRING), ${wrong[1]}`;
  if (message.android?.ttl !== undefined && !/^\d+(\.\d+)?s$/.test(message.android.ttl)) return "Invalid value at 'message.android.ttl'";
  return undefined;
}

function serveFcm(request, response, body) {
  let message;
  try {
    message = JSON.parse(body).message;
  } catch {
    return fcmError(response, 400, "Invalid JSON payload received.");
  }
  const asked = behaviours.take(message?.token);
  say("push", { platform: "fcm", token: message?.token, payload: body, headers: request.headers, answer: asked });
  if (asked === "stall") return undefined;
  if (!hasToken(request)) return fcmError(response, 401, "Request had invalid authentication credentials.");
  if (asked === "unregistered") return fcmError(response, 404, "Requested entity was not found.", "UNREGISTERED");
  if (asked === "bad-token") return fcmError(response, 400, "The registration token is not a valid FCM registration token", "INVALID_ARGUMENT");
  if (asked === "throttle") return fcmError(response, 429, "Quota exceeded.", "QUOTA_EXCEEDED");
  if (asked === "error") return fcmError(response, 503, "The service is currently unavailable.", "UNAVAILABLE");
  const fault = fcmFault(message);
  if (fault) return fcmError(response, 400, fault);
  const project = request.url.split("/")[3];
  return answer(response, 200, { name: `projects/${project}/messages/${crypto.randomUUID()}` });
}

function admFault(request, body) {
  if (request.headers["x-amzn-type-version"] !== "com.amazon.device.messaging.ADMMessage@1.0") return "InvalidType";
  let message;
  try {
    message = JSON.parse(body);
  } catch {
    return "InvalidData";
  }
  if (typeof message.data !== "object" || Object.values(message.data).some((value) => typeof value !== "string")) return "InvalidData";
  const seconds = message.expiresAfter ?? 1;
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 2678400 ? undefined : "InvalidExpiration";
}

function serveAdm(request, response, body, device) {
  const asked = behaviours.take(device);
  say("push", { platform: "adm", token: device, payload: body, headers: request.headers, answer: asked });
  if (asked === "stall") return undefined;
  if (!hasToken(request)) return answer(response, 401, { reason: "AccessTokenExpired" });
  if (asked === "unregistered") return answer(response, 400, { reason: "Unregistered" });
  if (asked === "bad-token") return answer(response, 400, { reason: "InvalidRegistrationId" });
  if (asked === "throttle") return answer(response, 429, { reason: "MaxRateExceeded" }, { "retry-after": "1" });
  if (asked === "error") return answer(response, 500, { reason: "InternalServerError" });
  const fault = admFault(request, body);
  if (fault) return answer(response, 400, { reason: fault });
  return answer(response, 200, { registrationID: device }, { "x-amzn-requestid": crypto.randomUUID() });
}

async function serveHttp(request, response) {
  const body = await bodyOf(request);
  const adm = /^\/messaging\/registrations\/([^/]+)\/messages$/.exec(request.url);
  if (request.method === "POST" && request.url === "/token") return serveIssuer(request, response, body, googleLoginFault);
  if (request.method === "POST" && request.url === "/auth/O2/token") return serveIssuer(request, response, body, amazonLoginFault);
  if (request.method === "POST" && /^\/v1\/projects\/[^/]+\/messages:send$/.test(request.url)) return serveFcm(request, response, body);
  if (request.method === "POST" && adm) return serveAdm(request, response, body, decodeURIComponent(adm[1]));
  say("unknown", { method: request.method, path: request.url });
  return answer(response, 404, {});
}

const tls = given["tls-key"] && { key: fs.readFileSync(given["tls-key"]), cert: fs.readFileSync(given["tls-certificate"]) };
const clients = given["client-authority"]
  ? { requestCert: true, rejectUnauthorized: false, ca: fs.readFileSync(given["client-authority"]) } : {};
const apns = tls ? http2.createSecureServer({ ...tls, ...clients }) : http2.createServer();
apns.on("stream", serveApns);
const others = tls ? https.createServer(tls, serveHttp) : http.createServer(serveHttp);

takeCommands((command) => {
  if (command.device) behaviours.set(command.device, command.answer, command.times);
  if (command.issuer !== undefined) behaviours.set("issuer", command.issuer, command.times);
  if (command.forget) issued.clear();
});
say("listening", { apns: await listen(apns), http: await listen(others) });
