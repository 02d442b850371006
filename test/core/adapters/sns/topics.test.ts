import type { SNSClient } from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { SnsOutboundTopic } from "../../../../functions/adapters/sns/topics.ts";
import type { ConnectionDelivery } from "../../../../functions/ports/topics.ts";

const deliveries = (count: number) =>
  Array.from(
    { length: count },
    (_, index): ConnectionDelivery => ({
      type: "deliver.entries",
      target: { user: "bob", connection: `c${index}` },
      conversation: "g",
      epoch: 1,
      seqs: [1],
    }),
  );

test.for([
  [50, 5],
  [1_000, 10],
])("%i deliveries are published in batches, %i of them at the same time", async ([count = 0, together]) => {
  const waiting: (() => void)[] = [];
  const send = () => new Promise((resolve) => waiting.push(() => resolve({})));
  const topic = new SnsOutboundTopic({ send } as unknown as SNSClient, "arn");
  const published = topic.publish(deliveries(count), new AbortController().signal);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  let sent = 0;
  while (waiting.length > 0) {
    expect(waiting.length).toBeLessThanOrEqual(together ?? 0);
    if (sent === 0) expect(waiting.length).toBe(together);
    sent += 1;
    waiting.shift()?.();
    await turn();
  }
  await published;
  expect(sent).toBe(count / 10);
});
