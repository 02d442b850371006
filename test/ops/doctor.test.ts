import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Deployment, Outputs } from "../../deployment/deployment.ts";
import { DeploymentError } from "../../deployment/deployment-error.ts";
import { checkChat } from "../../ops/doctor/chat.ts";
import { runCheck } from "../../ops/doctor/check-result.ts";
import { checkIssuer } from "../../ops/doctor/issuer.ts";
import { formatReport } from "../../ops/doctor/report.ts";
import { checkStack } from "../../ops/doctor/stack.ts";
import { checkPage } from "../../ops/doctor/web-page.ts";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** Serves these documents, by path; `ISSUER` in them is its own address. */
async function serve(documents: Readonly<Record<string, object>>): Promise<string> {
  const created = createServer((request, response) => {
    const document = documents[request.url ?? ""];
    response.writeHead(document === undefined ? 404 : 200);
    response.end(JSON.stringify(document ?? {}).replaceAll("ISSUER", url));
  });
  server = created;
  await new Promise<void>((resolve) => created.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(created.address() as AddressInfo).port}`;
  return url;
}

function deployment(outputs: Outputs, state?: Partial<NonNullable<Deployment["state"]>>): Deployment {
  return {
    kind: "stack",
    name: "parley-dev",
    outputs,
    state: state && { status: "CREATE_COMPLETE", reason: undefined, terminationProtection: false, ...state },
    clientOptions: () => ({}),
    resources: async () => ({}),
  };
}

const DISCOVERY = "/.well-known/openid-configuration";

describe("the issuer", () => {
  const CASES: [string, Readonly<Record<string, object>>, string | undefined][] = [
    [
      "has keys",
      { [DISCOVERY]: { issuer: "ISSUER", jwks_uri: "ISSUER/keys" }, "/keys": { keys: [{}] } },
      undefined,
    ],
    [
      "has no keys",
      { [DISCOVERY]: { issuer: "ISSUER", jwks_uri: "ISSUER/keys" }, "/keys": { keys: [] } },
      "no keys",
    ],
    [
      "calls itself otherwise",
      { [DISCOVERY]: { issuer: "ISSUER/", jwks_uri: "ISSUER/keys" } },
      "it calls itself",
    ],
    ["has no discovery document", {}, "answered 404"],
  ];

  test.for(CASES)("%s", async ([, documents, problem]) => {
    const Issuer = await serve(documents);
    const finding = await checkIssuer(deployment({ Issuer }));
    expect(finding.state).toBe(problem === undefined ? "ok" : "wrong");
    if (problem !== undefined) expect(finding.detail).toContain(problem);
  });

  test("is not there at all", async () => {
    const finding = await checkIssuer(deployment({ Issuer: "http://127.0.0.1:1" }));
    expect(finding).toMatchObject({ state: "wrong", detail: expect.stringContaining("does not answer") });
  });
});

describe("the web page", () => {
  const WebSocketUrl = "wss://chat.example.com";
  const look = async (documents: Readonly<Record<string, object>>) =>
    checkPage(deployment({ WebSocketUrl, WebUrl: `${await serve(documents)}/` }));

  test("that leads to this chat is in order", async () => {
    const config = { signIn: "oidc", webSocketUrl: WebSocketUrl };
    expect(await look({ "/": {}, "/config.json": config })).toMatchObject([{ state: "ok" }]);
  });

  test("that leads to another chat is not", async () => {
    const config = { signIn: "oidc", webSocketUrl: "wss://other.example.com" };
    const [finding] = await look({ "/": {}, "/config.json": config });
    expect(finding).toMatchObject({
      state: "wrong",
      detail: expect.stringContaining("wss://other.example.com"),
    });
  });

  test("that is not there is not, nor is one without its configuration", async () => {
    const missing: Readonly<Record<string, object>>[] = [{}, { "/": {} }];
    for (const documents of missing) {
      const [finding, ...more] = await look(documents);
      expect(finding).toMatchObject({ state: "wrong", detail: expect.stringContaining("answered 404") });
      expect(more).toEqual([]);
    }
  });

  test("is not looked for where the stack has none", async () => {
    expect(await checkPage(deployment({ WebSocketUrl }))).toEqual([]);
  });
});

describe("the stack", () => {
  test.for([
    ["CREATE_COMPLETE", "ok"],
    ["UPDATE_COMPLETE", "ok"],
    ["UPDATE_ROLLBACK_COMPLETE", "wrong"],
    ["UPDATE_IN_PROGRESS", "wrong"],
  ] as const)("that is %s is %s", ([status, state]) => {
    expect(checkStack(deployment({}, { status })).state).toBe(state);
  });

  test("whose outputs came from a file is not looked at", () => {
    expect(checkStack(deployment({})).state).toBe("skipped");
  });
});

describe("the chat", () => {
  const states = (findings: Awaited<ReturnType<typeof checkChat>>) =>
    Object.fromEntries(findings.map(({ check, state }) => [check, state]));

  test("without anybody to try it with, nothing is called in order, and it says how to have it tried", async () => {
    const findings = await checkChat(
      deployment({ Issuer: "https://login.example.com/" }),
      async () => undefined,
    );
    expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(["skipped"]));
    expect(findings[0]?.detail).toContain("PARLEY_TOKEN_A");
  });

  test("when tokens cannot be had, that is what is wrong", async () => {
    const findings = await checkChat(deployment({}), async () => {
      throw new Error("no tokens today");
    });
    expect(states(findings)).toMatchObject({ "sign-in": "wrong", connect: "skipped", history: "skipped" });
    expect(findings[0]?.detail).toBe("no tokens today");
  });

  test("who was made for the visit is taken back, whatever went wrong; if that fails, it says so", async () => {
    let left = 0;
    const visitors = {
      a: { user: "a", token: "t" },
      b: { user: "b", token: "t" },
      cleanUp: async () => {
        left += 1;
        throw new Error("not allowed");
      },
    };
    const findings = await checkChat(deployment({ WebSocketUrl: "ws://127.0.0.1:1" }), async () => visitors);
    expect(left).toBe(1);
    expect(states(findings)).toMatchObject({ "sign-in": "ok", connect: "wrong", leaving: "wrong" });
  });
});

test("a check that is not allowed is not called in order, nor out of it", async () => {
  const [finding] = await runCheck("queues", "sqs:GetQueueAttributes", async () => {
    throw new DeploymentError("not_allowed", "These credentials do not allow sqs:GetQueueAttributes.");
  });
  expect(finding).toMatchObject({ state: "skipped", detail: expect.stringContaining("docs/deploy.md") });
  const [failed] = await runCheck("queues", "sqs:GetQueueAttributes", async () => {
    throw new Error("out of order");
  });
  expect(failed).toMatchObject({ state: "wrong", detail: "out of order" });
});

test("the report says what to do below what is wrong, and sums up", () => {
  const text = formatReport([
    { check: "stack", state: "ok", detail: "fine" },
    { check: "ack", state: "wrong", detail: "no ack", todo: "look" },
    { check: "alarms", state: "skipped", detail: "none" },
    { check: "ping", state: "ok", detail: "is answered", ms: 12 },
  ]);
  expect(text.split("\n")).toEqual([
    "✓ stack   fine",
    "✗ ack     no ack",
    "          look",
    "– alarms  none",
    "✓ ping    is answered (12 ms)",
    "",
    "1 thing is wrong, 1 not looked at.",
  ]);
});
