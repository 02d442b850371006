import { expect, test } from "vitest";
import { TraceLog } from "../../../local/web/trace-log.ts";
import { watchingQueue } from "../../../local/web/watch.ts";

test("a queue reports a record as queued only at its first delivery", async () => {
  const hops = new TraceLog();
  const seen: string[] = [];
  hops.listen(({ step }) => seen.push(step.kind));
  const event = (receives: number) => ({
    Records: [
      {
        body: JSON.stringify({ entries: [{ id: "e" }] }),
        attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: "1000" },
      },
    ],
  });
  const crash = watchingQueue(hops, "q", () => Promise.reject(new Error("killed")));
  await expect(crash("commit", event(1))).rejects.toThrow("killed");
  await watchingQueue(hops, "q", async () => ({}))("commit", event(2));
  expect(seen).toEqual(["queued", "received", "started", "ended", "received", "started", "ended"]);
});
