import { createServer, request as forward } from "node:http";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { startCloud } from "../../local/cloud.ts";
import type { Cloud, CloudOptions } from "../../local/cloud-options.ts";
import { listen } from "../../local/http/listen.ts";
import { bundleModule } from "../../wiring/bundle.ts";
import { AwsTap } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";

async function start(options: CloudOptions = {}): Promise<Cloud> {
  const cloud = await startCloud({ onLog: () => {}, log: () => {}, ...options });
  onTestFinished(() => cloud.stop());
  return cloud;
}

async function token(cloud: Cloud, user: string, expiresInSeconds = 3600): Promise<string> {
  const body = JSON.stringify({ user, expiresInSeconds });
  const response = await fetch(`${cloud.url}/token`, { method: "POST", body });
  return ((await response.json()) as { token: string }).token;
}

async function connect(cloud: Cloud, user: string, gateway = 0) {
  const socket = new WebSocket(cloud.gateways[gateway]?.url ?? "", ["parley.v1", await token(cloud, user)]);
  onTestFinished(() => socket.terminate());
  const frames: { type: string }[] = [];
  socket.on("message", (data) => frames.push(JSON.parse(data.toString()) as { type: string }));
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  return {
    socket,
    send: (id: string) =>
      socket.send(
        JSON.stringify({
          type: "send",
          to: { user: "bob" },
          entries: [{ id, kind: "text", body: { text: "hi" } }],
        }),
      ),
    acknowledged: () =>
      eventually("an ack", () => frames.some(({ type }) => type === "ack"), { timeoutMs: 15_000 }),
    frames,
  };
}

test("the deployed bundles answer over the whole chain, across gateways", async () => {
  const cloud = await start();
  const bob = await connect(cloud, "bob", 1);
  const alice = await connect(cloud, "alice", 0);
  alice.send("1");
  await alice.acknowledged();
  await eventually("bob to get it", () => bob.frames.some(({ type }) => type === "entries"));
});

test("while commit is paused frames wait in the queue, and are acknowledged after it resumes", async () => {
  const cloud = await start({ ingest: "queued" });
  const alice = await connect(cloud, "alice");
  cloud.functions.pause("commit");
  alice.send("1");
  alice.send("2");
  await eventually("both frames to wait", () => cloud.queues.depth("entries").visible === 2);
  expect(alice.frames).toEqual([]);
  cloud.functions.resume("commit");
  await alice.acknowledged();
});

test("a worker that crashes does not lose the frame it was working on", async () => {
  const logged: string[] = [];
  const tap = new AwsTap();
  onTestFinished(() => tap.stop());
  const cloud = await start({
    errorRetryDelayMs: 10,
    log: (line) => logged.push(line),
    interpose: tap.interpose,
  });
  const alice = await connect(cloud, "alice");
  const crash = async () => {
    cloud.functions.crash("commit");
    return undefined;
  };
  // The crash happens during a call, so that the worker is surely busy with the frame.
  tap.on(({ service, subject }) => service === "management" && subject === "ack", crash, 1);
  alice.send("1");
  await alice.acknowledged();
  expect(logged.join()).toMatch(/a batch of 1 .* failed and is retried/);
});

test("a function that is not Parley's gets the frames of its type, may post, and its answer is sent back", async () => {
  const bundle = bundleModule(join(import.meta.dirname, "../../bench/functions/floor.ts"));
  const cloud = await start({ extraFunctions: [{ name: "floor", bundle, memoryMb: 128, maxWorkers: 1 }] });
  const [alice, bob] = [await connect(cloud, "alice"), await connect(cloud, "bob", 1)];
  const frameAt = ({ frames }: typeof alice, type: string) =>
    eventually(type, () => frames.find((frame) => frame.type === type));
  bob.socket.send(JSON.stringify({ type: "floor" }));
  const { connection: to } = (await frameAt(bob, "connection")) as unknown as { connection: string };
  alice.socket.send(JSON.stringify({ type: "floor", id: "1", to, text: "hi" }));
  expect(await frameAt(alice, "ack")).toEqual({ type: "ack", entries: [{ id: "1" }] });
  expect(await frameAt(bob, "entries")).toEqual({ type: "entries", entries: [{ id: "1", text: "hi" }] });
});

test("tokens expire by the cloud's clock", async () => {
  const cloud = await start();
  const old = await token(cloud, "alice", 600);
  cloud.clock.advance(700_000);
  const refused = new WebSocket(cloud.gateways[0]?.url ?? "", ["parley.v1", old]);
  const status = await new Promise((resolve) => {
    refused.on("unexpected-response", (_request, response) => resolve(response.statusCode));
    refused.on("open", () => resolve("open"));
  });
  expect([401, 403]).toContain(status);
  await connect(cloud, "alice");
});

test("an interposed proxy sees the functions' calls to each service", async () => {
  const seen = new Set<string>();
  const cloud = await start({
    async interpose(service, url) {
      const target = new URL(url);
      const proxy = createServer((incoming, outgoing) => {
        seen.add(service);
        const { method, headers, url: path } = incoming;
        const onward = forward(
          { host: target.hostname, port: target.port, method, headers, path },
          (answer) => {
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(outgoing);
          },
        );
        incoming.pipe(onward);
      });
      const port = await listen(proxy, 0);
      onTestFinished(() => {
        proxy.closeAllConnections();
        proxy.close();
      });
      return `http://127.0.0.1:${port}${target.pathname}`;
    },
  });
  const alice = await connect(cloud, "alice");
  alice.send("1");
  await alice.acknowledged();
  expect([...seen]).toEqual(expect.arrayContaining(["dynamodb", "sns", "management"]));
});

test("gateways stop and start while the cloud serves on, and tokens name only a running one", async () => {
  const cloud = await start();
  const [a, b] = cloud.gateways;
  await a?.stop();
  const body = JSON.stringify({ user: "alice" });
  for (let turn = 0; turn < 3; turn++) {
    const answer = await (await fetch(`${cloud.url}/token`, { method: "POST", body })).json();
    expect(answer).toMatchObject({ url: b?.url });
  }
  await a?.start();
  await connect(cloud, "alice", 0);
});

test("a cloud stops within seconds, even if a client does not answer", async () => {
  const cloud = await start();
  const alice = await connect(cloud, "alice");
  alice.socket.pause();
  const asked = performance.now();
  await cloud.stop();
  expect(performance.now() - asked).toBeLessThan(15_000);
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address !== undefined && !address.internal && address.family === "IPv4");

test.skipIf(outside === undefined)(
  "nothing of the cloud answers on other addresses of the machine",
  async () => {
    const cloud = await start();
    for (const url of [
      cloud.url,
      ...Object.values(cloud.endpoints),
      ...cloud.gateways.map((gateway) => gateway.url),
    ]) {
      const { port } = new URL(url);
      await expect(fetch(`http://${outside?.address}:${port}/`), url).rejects.toThrow();
    }
  },
);

test("a name that resolves to loopback does not get past the host check", async () => {
  const cloud = await start();
  const status = await new Promise((resolve, reject) => {
    const { port } = new URL(cloud.url);
    forward({ host: "127.0.0.1", port, path: "/healthz", headers: { Host: "evil.example" } }, (answer) =>
      resolve(answer.statusCode),
    )
      .on("error", reject)
      .end();
  });
  expect(status).toBe(403);
});
