import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud } from "../../local/cloud.ts";
import type { Cloud } from "../../local/cloud-options.ts";

const EVIL = [
  "https://evil.example",
  "null",
  "",
  "http://127.0.0.1.evil.example",
  "http://localhost.evil.example:4510",
  "http://evil.example#127.0.0.1",
  "http://evil.example@127.0.0.1",
  "http://127.0.0.1/evil.example",
  "file://127.0.0.1",
];
const REBOUND = [
  "evil.example",
  "127.0.0.1.evil.example",
  "evil.example:80",
  "0.0.0.0",
  "[::2]",
  "evil.example@127.0.0.1",
  "127.0.0.1/evil.example",
  "localhost.",
];
const BAD_PATHS = ["/%E0%A4%A", "/%", "/%zz", "/token%", "/local/@connections/%zz", "//", "//%zz"];

/** Pages that may use an endpoint; programs may use all. */
type Pages = "none" | "own" | "local";
type Server = "cloud" | "messaging" | "gateway";
type Endpoint = readonly [
  name: string,
  server: Server,
  pages: Pages,
  method: string,
  path: string,
  headers?: object,
];

const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
};
const ENDPOINTS: readonly Endpoint[] = [
  ["the page", "cloud", "own", "GET", "/"],
  ["the page's head", "cloud", "own", "HEAD", "/"],
  ["the page's configuration", "cloud", "own", "GET", "/config.json"],
  ["the health check", "cloud", "own", "GET", "/healthz"],
  ["the outputs", "cloud", "own", "GET", "/local/outputs"],
  ["the inspector's trace", "cloud", "own", "GET", "/local/hops"],
  ["the state of faults", "cloud", "own", "GET", "/local/faults"],
  ["a fault", "cloud", "own", "POST", "/local/faults"],
  ["the script of live reload", "cloud", "own", "GET", "/local/reload.js"],
  ["live reload", "cloud", "own", "GET", "/local/reload"],
  ["what there is not", "cloud", "own", "GET", "/nothing"],
  ["the issuer's discovery document", "cloud", "local", "GET", "/.well-known/openid-configuration"],
  ["the issuer's keys", "cloud", "local", "GET", "/.well-known/jwks.json"],
  ["a token", "cloud", "local", "POST", "/token"],
  ["the preflight of a token", "cloud", "local", "OPTIONS", "/token"],
  ["Lambda's Invoke", "cloud", "none", "POST", "/2015-03-31/functions/sign-out/invocations"],
  ["a post to a connection", "cloud", "none", "POST", "/local/@connections/x"],
  ["the end of a connection", "cloud", "none", "DELETE", "/local/@connections/x"],
  ["the state of a connection", "cloud", "none", "GET", "/local/@connections/x"],
  [
    "SQS",
    "messaging",
    "none",
    "POST",
    "/",
    { "X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0" },
  ],
  ["SNS", "messaging", "none", "POST", "/", { "Content-Type": "application/x-www-form-urlencoded" }],
  ["a queue", "messaging", "none", "GET", "/000000000000/queue"],
  ["the preflight of SNS and SQS", "messaging", "none", "OPTIONS", "/"],
  ["a gateway without an upgrade", "gateway", "local", "GET", "/"],
  ["a WebSocket", "gateway", "local", "GET", "/", UPGRADE],
];

let cloud: Cloud;
const logged: string[] = [];

beforeAll(async () => {
  cloud = await startCloud({
    web: { signIn: "development" },
    liveReload: true,
    onLog: () => {},
    log: (line) => logged.push(line),
  });
});
afterAll(() => cloud.stop());

function urlsOf(server: Server): string[] {
  if (server === "gateway") return cloud.gateways.map(({ url }) => url.replace("ws:", "http:"));
  return [server === "cloud" ? cloud.url : cloud.endpoints.sqs];
}

/** Returns the status, with headers that no browser or `fetch` would let a program choose. */
function statusOf(url: string, method: string, path: string, headers: object): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: { ...headers } }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    sent.on("upgrade", (response, socket) => {
      resolve(response.statusCode ?? 0);
      socket.destroy();
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe.for(ENDPOINTS)("%s", ([, server, pages, method, path, headers = {}]) => {
  const ask = (more: object = {}) =>
    Promise.all(urlsOf(server).map((url) => statusOf(url, method, path, { ...headers, ...more })));
  const refusedAlike = (statuses: readonly number[]) => [...new Set(statuses)];

  test("is refused to pages from elsewhere", async () => {
    for (const Origin of EVIL) expect(refusedAlike(await ask({ Origin })), Origin).toEqual([403]);
  });

  test("is refused under another name of this machine, as after DNS rebinding", async () => {
    for (const Host of REBOUND) expect(refusedAlike(await ask({ Host })), Host).toEqual([403]);
  });

  test(`is for programs, and for ${pages} pages`, async () => {
    // A WebSocket without a token is answered by 401.
    expect(await ask()).not.toContain(403);
    const local = await ask({ Origin: "http://localhost:5173" });
    const own = await Promise.all(
      urlsOf(server).map((url) => statusOf(url, method, path, { ...headers, Origin: url })),
    );
    expect(local.includes(403)).toBe(pages !== "local");
    expect(own.includes(403)).toBe(pages === "none");
  });
});

test.for(["cloud", "messaging", "gateway"] as const)(
  "a path that is malformed is a 400 of the %s",
  async (server) => {
    for (const url of urlsOf(server)) {
      for (const path of [...BAD_PATHS, "/2015-03-31/functions/%E0%A4%A/invocations"]) {
        for (const headers of server === "gateway" ? [{}, UPGRADE] : [{}])
          expect(await statusOf(url, "GET", path, headers), path).toBe(400);
        expect(await statusOf(url, "POST", path, {}), path).toBe(400);
      }
    }
    expect(logged).toEqual([]);
  },
);

test("a gateway with a list of allowed origins leaves pages to the authorizer, as API Gateway does", async () => {
  const listed = await startCloud({
    allowedOrigins: ["https://app.example.com"],
    onLog: () => {},
    log: () => {},
  });
  try {
    const url = listed.gateways[0]?.url.replace("ws:", "http:") ?? "";
    const handshake = (headers: object) => statusOf(url, "GET", "/", { ...UPGRADE, ...headers });
    expect(await handshake({ Origin: "https://app.example.com" })).toBe(401);
    expect(await handshake({ Origin: "https://app.example.com", Host: "evil.example" })).toBe(403);
  } finally {
    await listed.stop();
  }
});
