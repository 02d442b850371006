import { describe, expect, test } from "vitest";
import { readArguments } from "../../bench/cost/arguments.ts";
import { computeBill } from "../../bench/cost/bill.ts";
import { peakLoad } from "../../bench/cost/capacity-page.ts";
import { message } from "../../bench/cost/operation-costs.ts";
import { PRICES } from "../../bench/cost/prices/us-east-1.ts";
import { QUOTAS } from "../../bench/cost/quotas.ts";
import { INPUT_NAMES, INPUTS, trafficWith } from "../../bench/cost/traffic.ts";

/** Nothing but messages between two people who are there, nothing else going on. */
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

test("what a message more costs is what a message is counted to cost", () => {
  const more = { ...ONLY_MESSAGES, messagesPerHour: 2 };
  const messages = 3_600 * 730;
  const added = (item: string) => (unitsOf(more, item) - unitsOf(ONLY_MESSAGES, item)) / messages;
  const { read, write, calls } = message(2, 1);
  expect(added("writeUnits")).toBeCloseTo(write, 6);
  expect(added("readUnits")).toBeCloseTo(read, 6);
  const posts = calls.filter((call) => call.startsWith("POST")).length;
  expect(added("gatewayMessages")).toBeCloseTo(1 + posts, 6);
});

test("a bill grows with everything there can be more of, and never falls below nothing", () => {
  for (const name of INPUT_NAMES) {
    const { value, max } = INPUTS[name];
    // Fuller batches, and people one need not push to, are what makes it cheaper.
    if (name === "framesPerBatch" || name === "offlineShare") continue;
    const usual = computeBill(trafficWith(), PRICES).usd;
    const more = computeBill(trafficWith({ [name]: Math.min(max, value * 1.5 + 1) }), PRICES).usd;
    expect(more, name).toBeGreaterThanOrEqual(usual);
  }
  expect(computeBill(trafficWith({ users: 0 }), PRICES).lines.every(({ usd }) => usd >= 0)).toBe(true);
});

test("with the free tier it is never dearer, and small chats are nearly free", () => {
  for (const users of [0, 10, 1_000]) {
    expect(computeBill(trafficWith({ users }), PRICES, true).usd).toBeLessThanOrEqual(
      computeBill(trafficWith({ users }), PRICES).usd,
    );
  }
});

test("every price says how sure it is", () => {
  for (const { tiers, checked } of Object.values(PRICES.prices)) {
    expect(tiers.length).toBeGreaterThan(0);
    expect(["page", "second-hand", "unconfirmed"]).toContain(checked);
  }
});

describe("the command line", () => {
  test("takes every input by its flag, and says what it does not know", () => {
    const args = readArguments(["--users", "500", "--group-share", "0.8", "--json"]);
    expect(args).toMatchObject({ json: true, traffic: { users: 500, groupShare: 0.8, devices: 1.2 } });
    expect(() => readArguments(["--user", "5"])).toThrow("--user");
    expect(() => readArguments(["--group-share", "2"])).toThrow("group-share");
    expect(() => readArguments(["--users", "many"])).toThrow("users");
  });
});

test("load grows with users: at a million every quota that is reached at all has been asked for", () => {
  for (const quota of QUOTAS) {
    expect(peakLoad(quota, 60_000), quota.name).toBeCloseTo(3 * peakLoad(quota, 20_000), 0);
    expect(quota.beyond.length).toBeGreaterThan(10);
  }
});
