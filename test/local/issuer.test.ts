import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../../local/http/listen.ts";
import { type RequestHandler, startHttpServer } from "../../local/http/server.ts";
import { createIssuer } from "../../local/issuer/issuer.ts";
import { loadIssuerKeys } from "../../local/issuer/keys.ts";
import { Clock } from "../../local/util/clock.ts";

async function startIssuer(keyFile?: string) {
  const clock = new Clock();
  const handlers: RequestHandler[] = [];
  const http = await startHttpServer(0, handlers, () => {});
  onTestFinished(() => http.stop());
  const keys = await loadIssuerKeys(keyFile);
  let turn = 0;
  handlers.push(
    createIssuer({ url: http.url, keys, clock, nextGatewayUrl: () => `ws://gateway-${turn++ % 2}` }),
  );
  const ask = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${http.url}/token`, {
      method: "POST",
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { url: http.url, clock, ask };
}

interface Granted {
  readonly token: string;
  readonly url: string;
  readonly expiresAtMs: number;
}

async function verify(issuer: string, token: string) {
  const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  return jwtVerify(token, keys, { issuer: discovery.issuer, audience: "parley-dev" });
}

test.for(["ES256", "RS256"] as const)(
  "a token signed with %s verifies with the published keys",
  async (alg) => {
    const { url, ask } = await startIssuer();
    const granted = (await (
      await ask({ user: "alice", name: "Alice", expiresInSeconds: 60, alg })
    ).json()) as Granted;
    const { payload, protectedHeader } = await verify(url, granted.token);
    expect(protectedHeader.alg).toBe(alg);
    expect(payload).toMatchObject({ iss: url, aud: "parley-dev", sub: "alice", name: "Alice" });
    expect(granted.expiresAtMs).toBe((payload.exp ?? 0) * 1000);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  },
);

test("tokens are signed with ES256 by default, and name the gateways in turn", async () => {
  const { ask } = await startIssuer();
  const first = (await (await ask({ user: "a" })).json()) as Granted;
  const second = (await (await ask({ user: "a" })).json()) as Granted;
  expect(decodeProtectedHeader(first.token).alg).toBe("ES256");
  expect([first.url, second.url]).toEqual(["ws://gateway-0", "ws://gateway-1"]);
});

test("published keys have no private part", async () => {
  const { url } = await startIssuer();
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: object[] };
  expect(keys).toHaveLength(2);
  for (const key of keys) for (const secret of ["d", "p", "q"]) expect(key).not.toHaveProperty(secret);
});

test("tokens are issued at the time of the cloud's clock", async () => {
  const { ask, clock } = await startIssuer();
  clock.advance(86_400_000);
  const { expiresAtMs } = (await (await ask({ user: "a", expiresInSeconds: 0 })).json()) as Granted;
  expect(expiresAtMs).toBeGreaterThan(Date.now() + 86_000_000);
});

test("tokens stay valid across a restart, and only the user who runs the cloud can read the keys", async () => {
  const directory = mkdtempSync(join(tmpdir(), "parley-issuer-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "keys.json");
  const before = await startIssuer(file);
  const { token } = (await (await before.ask({ user: "a" })).json()) as Granted;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const after = await startIssuer(file);
  const keys = createRemoteJWKSet(new URL(`${after.url}/.well-known/jwks.json`));
  expect((await jwtVerify(token, keys)).payload.sub).toBe("a");
});

test.for([
  ["no JSON", "user=alice", /JSON/],
  ["no user", {}, /user/],
  ["an empty user", { user: "" }, /user/],
  ["an invisible user", { user: "ali\u200bce" }, /user: in NFC, without invisible/],
  ["a user that reads backwards", { user: "\u202eecila" }, /user: in NFC, without invisible/],
  ["a user that is not in NFC", { user: "jose\u0301" }, /user: in NFC/],
  ["an unknown field", { user: "a", admin: true }, /admin/],
  ["an unknown algorithm", { user: "a", alg: "none" }, /alg/],
  ["a lifetime that is no number", { user: "a", expiresInSeconds: "1" }, /expiresInSeconds/],
] as const)("a token request with %s is refused with a reason", async ([, body, reason]) => {
  const { ask } = await startIssuer();
  const response = await ask(body);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { message: string }).message).toMatch(reason);
});

test("pages on loopback may ask for tokens, pages from elsewhere may not", async () => {
  const { url, ask } = await startIssuer();
  const near = await ask({ user: "a" }, { Origin: "http://localhost:5173" });
  expect(near.status).toBe(200);
  expect(near.headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
  const preflight = await fetch(`${url}/token`, {
    method: "OPTIONS",
    headers: { Origin: "http://localhost:5173" },
  });
  expect(preflight.status).toBe(204);
  const far = await ask({ user: "a" }, { Origin: "https://evil.example" });
  expect(far.status).toBe(403);
  expect(far.headers.get("access-control-allow-origin")).toBeNull();
});

test("the cloud listens on loopback only", async () => {
  await expect(listen(createServer(), 0, "0.0.0.0")).rejects.toThrow("loopback only");
});

test("the error for a busy port names the port and the option that changes it", async () => {
  const first = await startHttpServer(0, [], () => {});
  onTestFinished(() => first.stop());
  await expect(startHttpServer(first.port, [], () => {})).rejects.toThrow(`Port ${first.port} is in use`);
  await expect(startHttpServer(first.port, [], () => {})).rejects.toThrow("--port");
});
