import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clientConfig } from "../../local/util/sdk.ts";
import { runScript } from "../support/process.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";

// The doctor as an operator runs it, in its own process, on a healthy and on a broken cloud.

let embedded: Embedded;

beforeEach(async () => {
  embedded = await startEmbedded();
});
afterEach(() => embedded.cloud.stop());

async function doctor(...args: string[]) {
  const script = runScript("ops/doctor.ts", "--local", embedded.cloud.url, ...args);
  return { exitCode: await script.exitCode, output: script.output() };
}

test("on a healthy deployment every check passes, or says that it was not made", async () => {
  const { exitCode, output } = await doctor();
  expect(output).not.toContain("✗");
  for (const step of ["connect", "bad token", "ping", "ack", "delivery", "history", "EntriesQueue "]) {
    expect(output).toContain(`✓ ${step}`);
  }
  expect(output).toMatch(/✓ delivery +it has reached the other user \(\d+ ms\)/);
  expect(output).toContain("Nothing is wrong");
  expect(exitCode).toBe(0);
});

test("a second run leaves no second conversation", async () => {
  await doctor();
  const { exitCode } = await doctor();
  expect(exitCode).toBe(0);
});

test("dead letters are reported with the runbook heading that says what to do", async () => {
  const { endpoints, resources } = embedded.cloud;
  const sqs = new SQSClient(clientConfig(endpoints.sqs, "eu-central-1"));
  const QueueUrl = resources.channels.outbound.deadLetterQueueUrl;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a delivery" }));
  const { exitCode, output } = await doctor();
  expect(output).toMatch(/✗ OutboundDeadLetterQueue +1 record\n +docs\/runbook\.md: deliveries-dead\./);
  expect(output).toContain("1 thing is wrong");
  expect(exitCode).toBe(1);
});

test("when nobody can connect, checks that need a connection do not pass", async () => {
  for (const gateway of embedded.cloud.gateways) await gateway.stop();
  const { exitCode, output } = await doctor("--json");
  const findings = JSON.parse(output) as { check: string; state: string }[];
  const stateOf = (name: string) => findings.find(({ check }) => check === name)?.state;
  expect(stateOf("sign-in")).toBe("wrong");
  for (const step of ["connect", "ping", "ack", "delivery", "history"]) expect(stateOf(step)).toBe("skipped");
  expect(exitCode).toBe(1);
});

test("the heads of a table are checked on request only, and mended on request only", async () => {
  const heads = await doctor("--heads");
  expect(heads.output).toMatch(
    /^0 conversations in .+: 0 fine\.\nConsumed \d+ read units and 0 write units\.\n$/,
  );
  expect(heads.exitCode).toBe(0);
  const other = await doctor("--heads", "--table", "no-such-table");
  expect(other.exitCode).toBe(1);
  const wrong = await doctor("--mend");
  expect(wrong.output).toContain("--table and --mend need --heads.");
  expect(wrong.exitCode).toBe(2);
});

test("no report holds a token", async () => {
  const { output } = await doctor("--json");
  expect(output).not.toMatch(/eyJ[\w-]{10,}/);
});
