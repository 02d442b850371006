import { expect, test } from "vitest";
import { traceQueue } from "../../../local/web/trace-invocations.ts";
import { TraceLog } from "../../../local/web/trace-log.ts";

test("a queue reports a record as queued only at its first delivery", async () => {
  const hops = new TraceLog();
  const seen: string[] = [];
  hops.subscribe(({ step }) => seen.push(step.kind));
  const event = (receives: number) => ({
    Records: [
      {
        body: JSON.stringify({ entries: [{ id: "e" }] }),
        attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: "1000" },
      },
    ],
  });
  const crash = traceQueue(hops, "q", () => Promise.reject(new Error("killed")));
  await expect(crash("commit", event(1))).rejects.toThrow("killed");
  await traceQueue(hops, "q", async () => ({}))("commit", event(2));
  expect(seen).toEqual(["queued", "received", "started", "ended", "received", "started", "ended"]);
});
