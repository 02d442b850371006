import { expect, test } from "vitest";
import { computeBill } from "../../bench/cost/bill.ts";
import { FLUSH_SHARE, message } from "../../bench/cost/operation-costs.ts";
import { PRICES } from "../../bench/cost/prices/us-east-1.ts";
import { INPUT_NAMES, INPUTS, trafficWith } from "../../bench/cost/traffic.ts";
import { INGEST_MODES } from "../../wiring/manifest.ts";

/** Traffic of only messages between pairs of online users. */
const ONLY_MESSAGES = trafficWith({
  users: 3_600,
  devices: 1,
  messagesPerHour: 1,
  groupShare: 0,
  offlineShare: 0,
  receipts: 0,
  typing: 0,
  watchers: 0,
});

const unitsOf = (traffic: Parameters<typeof computeBill>[0], item: string) =>
  computeBill(traffic, PRICES).lines.find((line) => line.item === item)?.units ?? 0;

test.for(INGEST_MODES)("each additional message costs what the counts say: %s", (ingest) => {
  const usual = { ...ONLY_MESSAGES, queuedShare: ingest === "queued" ? 1 : 0 };
  const more = { ...usual, messagesPerHour: 2 };
  const messages = 3_600 * 730;
  const added = (item: string) => (unitsOf(more, item) - unitsOf(usual, item)) / messages;
  const { read, write, calls } = message(2, 1, ingest);
  expect(added("writeUnits")).toBeCloseTo(write + FLUSH_SHARE[ingest], 6);
  expect(added("readUnits")).toBeCloseTo(read, 6);
  const posts = calls.filter((call) => call.startsWith("POST")).length;
  // The answer of a direct message is no call, but a message of API Gateway too.
  expect(added("gatewayMessages")).toBeCloseTo(1 + posts + (ingest === "direct" ? 1 : 0), 6);
});

test("a bill grows with every figure and is never negative", () => {
  for (const name of INPUT_NAMES) {
    const { value, max } = INPUTS[name];
    // Fuller batches and offline recipients make it cheaper.
    if (name === "framesPerBatch" || name === "offlineShare") continue;
    const usual = computeBill(trafficWith(), PRICES).usd;
    const more = computeBill(trafficWith({ [name]: Math.min(max, value * 1.5 + 1) }), PRICES).usd;
    expect(more, name).toBeGreaterThanOrEqual(usual);
  }
  expect(computeBill(trafficWith({ users: 0 }), PRICES).lines.every(({ usd }) => usd >= 0)).toBe(true);
});

test("a bill with the free tier is never higher", () => {
  for (const users of [0, 10, 1_000]) {
    expect(computeBill(trafficWith({ users }), PRICES, true).usd).toBeLessThanOrEqual(
      computeBill(trafficWith({ users }), PRICES).usd,
    );
  }
});

test("every price states how it was checked", () => {
  for (const { tiers, checked } of Object.values(PRICES.prices)) {
    expect(tiers.length).toBeGreaterThan(0);
    expect(["page", "second-hand", "unconfirmed"]).toContain(checked);
  }
});
