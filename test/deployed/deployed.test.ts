import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatSuite } from "../e2e/chat.suite.ts";
import { clientSuite } from "../e2e/client.suite.ts";
import { conversationsSuite } from "../e2e/conversations.suite.ts";
import { eraseSuite } from "../e2e/erase.suite.ts";
import { eventsSuite } from "../e2e/events.suite.ts";
import { groupsSuite } from "../e2e/groups.suite.ts";
import { presenceSuite } from "../e2e/presence.suite.ts";
import { signOutSuite } from "../e2e/sign-out.suite.ts";
import { deployedTarget } from "./deployed-target.ts";
import { opsSuite } from "./ops.suite.ts";
import { outputsSuite } from "./outputs.suite.ts";
import { readOutputs } from "./outputs.ts";
import { permissionsSuite } from "./permissions.suite.ts";
import { depth, drained, queuesNamed } from "./queues.ts";
import { stackUsers } from "./users.ts";

const { PARLEY_OUTPUTS: file, PARLEY_FUNCTIONS_LOG: functionsLog } = process.env;
if (file === undefined)
  throw new Error("set PARLEY_OUTPUTS to the outputs file of a deployment: docs/testing.md");
const { stack, outputs } = readOutputs(file);
const users = stackUsers(outputs);
const target = deployedTarget(stack, outputs, users);

describe(`on ${stack}, deployed`, () => {
  const deadLettersBefore = new Map<string, number>();

  beforeAll(async () => {
    for (const url of await deadLetterQueues()) deadLettersBefore.set(url, await depth(url));
  });
  afterAll(() => users.remove(), 120_000);

  describe("outputs", () => outputsSuite(() => ({ stack, file, outputs, target })));
  describe("tools", () => opsSuite(() => ({ stack, outputs })));
  describe("chat", () => chatSuite(() => target));
  describe("groups", () => groupsSuite(() => target));
  describe("conversations", () => conversationsSuite(() => target));
  describe("client library", () => clientSuite(() => target));
  describe("other services", () => eventsSuite(() => target));
  describe("presence", () => presenceSuite(() => target));
  describe("erase", () => eraseSuite(() => target));
  describe("sign-out", () => signOutSuite(() => target));

  test("afterwards every queue is empty, and there are no new dead letters", async () => {
    const queues = await queuesNamed(`${stack}-`);
    const deadLetters = await deadLetterQueues();
    expect(queues.length).toBeGreaterThan(deadLetters.length);
    await drained(queues.filter((url) => !deadLetters.includes(url)));
    for (const url of deadLetters) expect([url, await depth(url)]).toEqual([url, deadLettersBefore.get(url)]);
  }, 90_000);

  test("no function logged an error or was refused a call, and no log line contains a message or a token", (context) => {
    if (functionsLog === undefined) return context.skip("the functions' logs are in CloudWatch");
    const log = readFileSync(functionsLog, "utf8");
    expect(log).toContain('"level":"INFO"');
    expect(log.split("\n").filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
    // A refusal that a function survives, such as a failed push, is a warning.
    expect(log.split("\n").filter((line) => /AccessDenied|not authorized/.test(line))).toEqual([]);
    for (const secret of ["hello Bob", "from my phone", "private", "words-of-alice", "eyJ"])
      expect(log).not.toContain(secret);
  });

  // Last, since functions fail in it.
  describe.skipIf(functionsLog === undefined)("permissions, as MiniStack evaluates them", () =>
    permissionsSuite(() => ({ stack, outputs, target, functionsLog: functionsLog ?? "" })),
  );
});

async function deadLetterQueues(): Promise<readonly string[]> {
  return (await queuesNamed(`${stack}-`)).filter((url) => /DeadLetter|Parked/.test(url));
}
