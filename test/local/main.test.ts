import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startHttpServer } from "../../local/http/server.ts";
import { readPid } from "../../local/util/read-pid.ts";
import { eventually } from "../support/eventually.ts";
import { runScript, temporaryFolder } from "../support/process.ts";

const MAIN = "local/main.ts";
const READY = /Token +curl -s (\S+)\/token[\s\S]*Ready after/;

test.for([
  [["--prot", "1"], /--prot/],
  [["--port", "many"], /--port must be a number/],
  [["--gateways", "0"], /--gateways must be a number/],
  [["--ingest", "both"], /--ingest must be direct or queued, not "both"/],
  [["stray"], /stray/],
] as const)("%j is rejected with the usage and exit code 2", async ([args, complaint]) => {
  const script = runScript(MAIN, ...args);
  expect(await script.exitCode).toBe(2);
  expect(script.output()).toMatch(complaint);
  expect(script.output()).toContain("Usage: npm start");
});

test("--help shows the options", async () => {
  const script = runScript(MAIN, "--help");
  expect(await script.exitCode).toBe(0);
  for (const option of [
    "--port",
    "--gateways",
    "--data",
    "--ephemeral",
    "--ingest",
    "--watch",
    "--verbose",
  ]) {
    expect(script.output()).toContain(option);
  }
});

test("with a busy port the start fails with one line that names it, and leaves nothing running", async () => {
  const holder = await startHttpServer(0, [], () => {});
  onTestFinished(() => holder.stop());
  const data = temporaryFolder();
  const script = runScript(MAIN, "--port", String(holder.port), "--data", data);
  expect(await script.exitCode).toBe(1);
  expect(script.output().trim()).toBe(
    `Port ${holder.port} is in use: stop the program that uses it, or choose another port with --port.`,
  );
  expect(isAlive(readPid(join(data, "dynamodb", "dynoxide.pid")))).toBe(false);
});

test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s stops everything with exit code 0", async (signal) => {
  const data = temporaryFolder();
  const script = runScript(MAIN, "--port", "0", "--data", data);
  const [, url = ""] = await script.says(READY);
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({
    status: "ok",
    gateways: [{ name: "A" }, { name: "B" }],
  });
  const dynoxide = readPid(join(data, "dynamodb", "dynoxide.pid"));
  expect(isAlive(dynoxide)).toBe(true);
  const asked = performance.now();
  script.child.kill(signal);
  expect(await script.exitCode).toBe(0);
  expect(performance.now() - asked).toBeLessThan(15_000);
  expect(isAlive(dynoxide)).toBe(false);
});

test("a cloud whose DynamoDB ends reports it and exits with code 1", async () => {
  const data = temporaryFolder();
  const script = runScript(MAIN, "--port", "0", "--data", data);
  await script.says(READY);
  process.kill(readPid(join(data, "dynamodb", "dynoxide.pid")) ?? Number.NaN, "SIGKILL");
  expect(await script.exitCode).toBe(1);
  expect(script.output()).toMatch(/Parley stops: DynamoDB \(dynoxide\) ended unexpectedly/);
});

test("a second cloud on the same folder is refused; after kill -9 of the first one it starts", async () => {
  const data = temporaryFolder();
  const first = runScript(MAIN, "--port", "0", "--data", data);
  await first.says(READY);
  const second = runScript(MAIN, "--port", "0", "--data", data);
  expect(await second.exitCode).toBe(1);
  expect(second.output()).toContain("Another Parley cloud");
  await first.killHard();
  const third = runScript(MAIN, "--port", "0", "--data", data);
  await third.says(READY);
  expect(readFileSync(join(data, "cloud.pid"), "utf8").trim()).toBe(String(third.child.pid));
});

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
}

test.for([
  ["stdout", ["stdout"]],
  ["stderr", ["stderr"]],
  ["stdout and stderr", ["stdout", "stderr"]],
] as const)("a cloud goes on when nobody reads its %s any more, and stops as ever", async ([, closed]) => {
  const data = temporaryFolder();
  const script = runScript(MAIN, "--port", "0", "--data", data, "--verbose");
  const [, url = ""] = await script.says(READY);
  for (const stream of closed) script.child[stream]?.destroy();
  const log = join(data, "functions.log");
  const lines = () => readFileSync(log, "utf8").split("\n").length;
  // Each of them writes several lines to stderr, and the first one finds out.
  for (let round = 0; round < 3; round++) {
    const before = lines();
    const grant = await (await fetch(`${url}/token`, { method: "POST", body: '{"user":"alice"}' })).json();
    const { url: socketUrl, token } = grant as { url: string; token: string };
    const socket = new WebSocket(socketUrl, ["parley.v1", token]);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    socket.close();
    await eventually("functions to log", () => lines() > before);
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  script.child.kill("SIGTERM");
  expect(await script.exitCode).toBe(0);
  if (closed.length === 1) expect(script.output()).toMatch(/Nobody reads the output any more .*goes on/);
});
