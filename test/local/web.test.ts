import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud } from "../../local/cloud.ts";
import type { Cloud } from "../../local/cloud-options.ts";
import type { FaultState, Hop } from "../../wiring/hops.ts";
import { webPageHeaders } from "../../wiring/web-page-policy.ts";
import { Wire } from "../support/wire.ts";

let cloud: Cloud;

beforeAll(async () => {
  cloud = await startCloud({ web: { signIn: "development" }, onLog: () => {}, log: () => {} });
});
afterAll(() => cloud.stop());

const get = (path: string, headers: Record<string, string> = {}) => fetch(cloud.url + path, { headers });

async function connect(user: string): Promise<Wire> {
  const response = await fetch(`${cloud.url}/token`, { method: "POST", body: JSON.stringify({ user }) });
  const { token, url } = (await response.json()) as { token: string; url: string };
  return Wire.open({ url, token });
}

const cause = (fault: unknown, headers: Record<string, string> = {}) =>
  fetch(`${cloud.url}/local/faults`, { method: "POST", headers, body: JSON.stringify(fault) });

describe("the page", () => {
  test("is served with its configuration and a policy that allows nothing from elsewhere", async () => {
    const page = await get("/");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
    // The same that CloudFront sends; test/template/web-page.test.ts has them one by one.
    for (const [name, value] of Object.entries(webPageHeaders(["ws://127.0.0.1:*", "ws://localhost:*"])))
      expect(page.headers.get(name), name).toBe(value);
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? "";
    const asset = await get(script);
    expect(asset.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect(await (await get("/config.json")).json()).toEqual({ signIn: "development" });
  });

  test("has no script that reloads it, unless the cloud watches the sources", async () => {
    expect(await (await get("/")).text()).not.toContain("local/reload");
    for (const path of ["/local/reload", "/local/reload.js"])
      expect((await get(path)).status, path).toBe(404);
  });

  test("is all that is served: no file outside it", async () => {
    for (const path of ["/../package.json", "/%2e%2e/package.json", "/assets/"]) {
      expect((await get(path)).status, path).not.toBe(200);
    }
    const head = await fetch(cloud.url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });
});

describe("the trace of messages", () => {
  test("sends all hops to a new listener and the missed ones to one that reconnects, never the text of a message", async () => {
    const alice = await connect("alice");
    alice.send({
      type: "send",
      to: { user: "bob" },
      entries: [{ id: "e1", kind: "text", body: { text: "secret" } }],
    });
    await alice.next("ack");
    const read = async (headers: Record<string, string>, until: (hops: Hop[], text: string) => boolean) => {
      const response = await get("/local/hops", headers);
      let text = "";
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        text += new TextDecoder().decode(chunk);
        const hops = [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, json = ""]) => JSON.parse(json) as Hop);
        if (!until(hops, text)) continue;
        expect(text).not.toContain("secret");
        return hops;
      }
      throw new Error("the stream has ended");
    };
    const ended = (hops: Hop[]) =>
      hops.some(({ step }) => step.kind === "ended" && step.function === "commit");
    const all = await read({}, ended);
    expect(all.every(({ entries }) => entries.includes("e1"))).toBe(true);
    const middle = all[2]?.id ?? 0;
    const rest = await read({ "Last-Event-ID": String(middle) }, ended);
    expect(rest[0]?.id).toBe(middle + 1);
    await alice.close();
  });
});

describe("faults", () => {
  test("only the sockets of the named user are cut", async () => {
    const [alice, bob] = await Promise.all([connect("cut"), connect("spared")]);
    expect((await cause({ fault: "drop-sockets", user: "cut" })).status).toBe(200);
    expect((await alice.closed).code).toBe(1006);
    bob.send({ type: "ping" });
    await bob.next("pong");
    await bob.close();
  });

  test("a gateway stops and starts, and the state shows it", async () => {
    const running = async (response: Response) =>
      ((await response.json()) as FaultState).gateways.map((gateway) => gateway.running);
    expect(await running(await cause({ fault: "stop-gateway", gateway: "B" }))).toEqual([true, false]);
    expect(await running(await get("/local/faults"))).toEqual([true, false]);
    expect(await running(await cause({ fault: "start-gateway", gateway: "B" }))).toEqual([true, true]);
  });

  test("other pages may neither break a part nor read the state", async () => {
    const origin = { Origin: "http://127.0.0.1:9" };
    expect((await cause({ fault: "crash-writer" }, origin)).status).toBe(403);
    expect((await get("/local/faults", origin)).status).toBe(403);
    expect(((await (await get("/local/faults")).json()) as FaultState).writerWillCrash).toBe(false);
    expect((await get("/local/hops", origin)).headers.get("access-control-allow-origin")).toBe(null);
  });

  test.for([
    [{ fault: "stop-gateway", gateway: "Z" }, 404],
    [{ fault: "drop-table" }, 400],
    ["no fault", 400],
  ] as const)("%j is answered with %i", async ([fault, status]) => {
    expect((await cause(fault)).status).toBe(status);
  });
});
