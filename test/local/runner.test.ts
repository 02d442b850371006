import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { FunctionDefinition } from "../../local/lambda/function-definition.ts";
import { startRunner } from "../../local/lambda/runner.ts";
import { Clock } from "../../local/util/clock.ts";
import { eventually } from "../support/eventually.ts";

/** Starts a runner of one function `f` whose module is `source`. */
function run(source: string, definition: Partial<FunctionDefinition> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "parley-runner-"));
  const bundle = join(directory, "index.mjs");
  writeFileSync(bundle, source);
  const clock = new Clock();
  const logged: string[] = [];
  const runner = startRunner(
    [
      {
        name: "f",
        bundle,
        timeoutMs: 5000,
        memoryMb: 128,
        env: { ONLY: "this" },
        maxWorkers: 1,
        ...definition,
      },
    ],
    { clock, region: "eu-central-1", onLog: (name, line) => logged.push(`${name}: ${line}`) },
  );
  onTestFinished(async () => {
    await runner.stop();
    rmSync(directory, { recursive: true });
  });
  return { runner, clock, logged, directory, invoke: (event: unknown = {}) => runner.invoke("f", event) };
}

test("events and results pass as JSON", async () => {
  const { invoke } = run("export const handler = (event) => ({ event, gone: undefined, when: new Date(0) })");
  expect(await invoke({ a: 1, left: undefined })).toEqual({
    event: { a: 1 },
    when: "1970-01-01T00:00:00.000Z",
  });
  expect(await run("export const handler = () => {}").invoke()).toBeNull();
});

test("a function sees its own variables and none of the process", async () => {
  expect(await run("export const handler = () => process.env").invoke()).toEqual({ ONLY: "this" });
});

test("a function's context has its name, the request id and the time left", async () => {
  const { invoke } = run(
    "export const handler = (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() })",
  );
  const first = (await invoke()) as { awsRequestId: string; left: number };
  const second = (await invoke()) as { awsRequestId: string };
  expect(first).toMatchObject({ functionName: "f", memoryLimitInMB: "128" });
  expect(first.left).toBeGreaterThan(4000);
  expect(first.left).toBeLessThanOrEqual(5000);
  expect(second.awsRequestId).not.toBe(first.awsRequestId);
});

test("an invocation whose handler throws fails with the error's type, message and trace", async () => {
  const { invoke } = run("export const handler = async () => { throw new RangeError('too far') }");
  await expect(invoke()).rejects.toMatchObject({ errorType: "RangeError", message: "too far" });
  await expect(invoke()).rejects.toHaveProperty("trace.0", "RangeError: too far");
});

test("an invocation that outlives the timeout fails, and a new worker serves the next one", async () => {
  const { invoke } = run(
    "let count = 0; export const handler = ({ hang }) => { while (hang); return ++count }",
    { timeoutMs: 200 },
  );
  expect(await invoke({ hang: false })).toBe(1);
  await expect(invoke({ hang: true })).rejects.toThrow("Task timed out after 0.20 seconds");
  expect(await invoke({ hang: false })).toBe(1);
});

test("a worker whose process exits fails its invocation and is replaced", async () => {
  const { invoke } = run("export const handler = ({ die }) => die ? process.exit(3) : 'alive'");
  await expect(invoke({ die: true })).rejects.toMatchObject({ errorType: "Runtime.ExitError" });
  expect(await invoke({ die: false })).toBe("alive");
});

test("an unhandled rejection ends the worker and fails its invocation", async () => {
  const { invoke } = run(
    "export const handler = () => { Promise.reject(new Error('forgotten')); return new Promise(() => {}) }",
  );
  await expect(invoke()).rejects.toThrow("forgotten");
});

test("a bundle that cannot be loaded fails the invocation with its reason", async () => {
  await expect(run("throw new Error('PARLEY_TABLE is missing')").invoke()).rejects.toThrow(
    "PARLEY_TABLE is missing",
  );
  await expect(run("export const other = 1").invoke()).rejects.toThrow('exports no function "handler"');
});

test("a crash ends the busy workers and leaves the waiting invocations to new ones", async () => {
  const { runner, invoke, logged } = run(
    "export const handler = ({ hang }) => { console.log('running'); return hang ? new Promise(() => {}) : 'done' }",
  );
  const hanging = invoke({ hang: true });
  const waiting = invoke({ hang: false });
  await eventually("the function to run", () => logged.includes("f: running"));
  runner.crash("f");
  await expect(hanging).rejects.toMatchObject({ errorType: "Runtime.ExitError" });
  expect(await waiting).toBe("done");
});

test("after a reload the next invocation runs the new bundle, and one under way finishes with the old one", async () => {
  const source = (version: string) => `
    import { existsSync } from "node:fs";
    import { setTimeout } from "node:timers/promises";
    export const handler = async ({ until }) => {
      if (until !== undefined) console.log("waiting");
      while (until !== undefined && !existsSync(until)) await setTimeout(5);
      return "${version}";
    }`;
  const { runner, invoke, logged, directory } = run(source("old"), { maxWorkers: 2 });
  expect(await Promise.all([invoke(), invoke()])).toEqual(["old", "old"]);
  const until = join(directory, "released");
  const underWay = invoke({ until });
  await eventually("the function to wait", () => logged.includes("f: waiting"));
  writeFileSync(join(directory, "index.mjs"), source("new"));
  runner.reload("f");
  expect(await invoke()).toBe("new");
  writeFileSync(until, "");
  expect(await underWay).toBe("old");
  expect(await Promise.all([invoke(), invoke()])).toEqual(["new", "new"]);
});

test("one worker runs one invocation at a time; several workers run several in parallel", async () => {
  const source = `
    import { setTimeout } from "node:timers/promises";
    let running = 0;
    export const handler = async () => { const most = ++running; await setTimeout(50); running--; return most }`;
  const together = async (maxWorkers: number) => {
    const { invoke } = run(source, { maxWorkers });
    const started = performance.now();
    const most = await Promise.all([invoke(), invoke(), invoke(), invoke()]);
    return { most, tookMs: performance.now() - started };
  };
  const one = await together(1);
  expect(one.most).toEqual([1, 1, 1, 1]);
  expect(one.tookMs).toBeGreaterThanOrEqual(200);
  expect((await together(4)).most).toEqual([1, 1, 1, 1]);
});

test("workers see the cloud's clock in Date.now", async () => {
  const { invoke, clock } = run("export const handler = () => Date.now()");
  const before = (await invoke()) as number;
  clock.advance(3_600_000);
  expect(((await invoke()) as number) - before).toBeGreaterThanOrEqual(3_600_000);
  expect(() => clock.advance(-1)).toThrow(RangeError);
});

test("a function's output is logged line by line, even if it crashes", async () => {
  const { invoke, logged } = run(
    "export const handler = () => { console.log('one\\ntwo'); console.error('three'); setTimeout(() => process.exit(1), 20); return new Promise(() => {}) }",
  );
  await expect(invoke()).rejects.toThrow();
  await eventually("the lines", () =>
    ["f: one", "f: two", "f: three"].every((line) => logged.includes(line)),
  );
});

test("stopping rejects running and waiting invocations", async () => {
  const { runner, invoke } = run("export const handler = () => new Promise(() => {})");
  const outcomes = Promise.allSettled([invoke(), invoke()]);
  await runner.stop();
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(invoke()).rejects.toThrow("stopped");
});
