import {
  ChangeMessageVisibilityCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { moveRecords } from "../../../ops/redrive/move-records.ts";
import type { RedriveTarget } from "../../../ops/redrive/target.ts";
import { published } from "../../support/frames.ts";

/** Moves two records that cannot be put back. Each attempt to make one visible again fails with this error. */
async function moveUnreadable(errorName: string) {
  const batches: Message[][] = [
    [
      { MessageId: "1", Body: "no frame" },
      { MessageId: "2", Body: "nor this" },
    ],
    [],
  ];
  let releases = 0;
  const sqs = {
    async send(command: unknown) {
      if (command instanceof ReceiveMessageCommand) return { Messages: batches.shift() };
      if (!(command instanceof ChangeMessageVisibilityCommand)) return { Attributes: {} };
      releases += 1;
      throw Object.assign(new Error("refused"), { name: errorName });
    },
  };
  const target = { sqs: sqs as unknown as SQSClient, queueUrl: "q.fifo" } as RedriveTarget;
  const options = { channel: "entries", maxAgeMs: 1, dryRun: false, purgeOld: false, nowMs: 0 } as const;
  const moved = moveRecords(target, { ...options, report: () => undefined });
  return { summary: await moved, releases };
}

test.for(["InvalidParameterValue", "MessageNotInflight"])(
  "records that became visible again during a long run are left alone (%s)",
  async (errorName) => {
    const { summary, releases } = await moveUnreadable(errorName);
    expect([summary.unreadable, releases]).toEqual([2, 2]);
  },
);

test("any other failure to make a record visible again is reported", async () => {
  await expect(moveUnreadable("AccessDenied")).rejects.toThrow("refused");
});

test.each([
  { purgeOld: false, moved: { putBack: 0, tooOld: 1, purged: 0 }, line: "too old" },
  { purgeOld: true, moved: { putBack: 0, tooOld: 0, purged: 1 }, line: "purged" },
])(
  "a block is never put back, because an unblock may have followed: $line",
  async ({ purgeOld, moved, line }) => {
    const block = published({ entries: [], control: { id: "b1", type: "block" }, receivedAtMs: 1_000 });
    const record = {
      MessageId: "1",
      Body: JSON.stringify(block),
      Attributes: { MessageGroupId: block.conversation },
    };
    const batches: Message[][] = [[record], []];
    const sqs = {
      send: async (command: unknown) =>
        command instanceof ReceiveMessageCommand ? { Messages: batches.shift() } : { Attributes: {} },
    };
    const lines: string[] = [];
    const options = { channel: "entries", maxAgeMs: 600_000, dryRun: false, purgeOld, nowMs: 1_001 } as const;
    const target = { sqs: sqs as unknown as SQSClient, queueUrl: "q.fifo" } as RedriveTarget;
    const summary = await moveRecords(target, { ...options, report: (text) => lines.push(text) });
    expect(summary).toMatchObject(moved);
    expect(lines).toEqual([`${line}: frame ${block.frame} of ${block.conversation}, block, 0s old`]);
  },
);
