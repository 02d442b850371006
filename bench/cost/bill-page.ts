import { INGEST_MODES } from "../../wiring/manifest.ts";
import { ASSUMED } from "./assumptions.ts";
import { byService, computeBill } from "./bill.ts";
import { polledQueues } from "./load.ts";
import { formatNumber, formatUnits, formatUsd, markdownTable } from "./markdown.ts";
import { PRICES } from "./prices/us-east-1.ts";
import { INPUT_NAMES, INPUTS, type Traffic, trafficWith } from "./traffic.ts";

// The generated parts of docs/cost.md. bench/pages.ts writes them, and a test fails if the page differs.

/** Numbers of connected users. 20 000 and 60 000 are the server and the cluster of the lectures the product comes from. */
export const SIZES = [1_000, 20_000, 60_000, 1_000_000] as const;

const sizes = SIZES.map((users) => formatNumber(users));

/** Costs by service for each size, with default traffic. */
export function billTable(): string {
  const all = SIZES.map((users) => computeBill(trafficWith({ users }), PRICES));
  const services = [...byService(computeBill(trafficWith(), PRICES)).keys()].filter((name) =>
    all.some((bill) => (byService(bill).get(name) ?? 0) > 0),
  );
  return markdownTable(
    ["US$ a month", ...sizes],
    [
      ...services.map((name) => [name, ...all.map((bill) => formatUsd(byService(bill).get(name) ?? 0))]),
      ["**Total**", ...all.map((bill) => `**${formatUsd(bill.usd)}**`)],
      ["Without Cognito", ...all.map((bill) => formatUsd(bill.usd - bill.signInUsd))],
      ["Messages, in millions", ...all.map((bill) => formatNumber(bill.messages / 1e6, 1))],
      [
        "Per million messages, without Cognito",
        ...all.map((bill) => formatUsd((bill.usd - bill.signInUsd) / (bill.messages / 1e6))),
      ],
      [
        "Per connected user, without Cognito",
        ...all.map((bill, index) => formatUsd((bill.usd - bill.signInUsd) / (SIZES[index] ?? 1))),
      ],
    ],
  );
}

/** Every line of the bill for the default size. */
export function lineTable(): string {
  const bill = computeBill(trafficWith(), PRICES);
  return markdownTable(
    ["", "Units a month", "US$", "Price"],
    bill.lines.map(({ item, service, unit, units, usd: dollars }) => {
      const { tiers, per, checked } = PRICES.prices[item];
      const [first] = tiers;
      const price = `${first?.usd}${per === 1 ? "" : ` a ${per === 1e6 ? "million" : per}`}${tiers.length > 1 ? ", then less" : ""}`;
      return [`${service}: ${unit}`, formatUnits(units), formatUsd(dollars), `${price} (${checked})`];
    }),
  );
}

/** Bills of 20 000 users with one figure changed each. */
export function sensitivityTable(): string {
  const usual = computeBill(trafficWith(), PRICES).usd;
  const cases: readonly [string, Partial<Traffic>][] = [
    ["no messages: only connections, pings, presence", { messagesPerHour: 0 }],
    ["2 messages an hour, not 20", { messagesPerHour: 2 }],
    ["no receipts, no typing", { receipts: 0, typing: 0 }],
    ["a receipt from every recipient for every message", { receipts: 3.5 }],
    ["no groups", { groupShare: 0 }],
    ["only groups, of 32", { groupShare: 1, groupSize: 32 }],
    ["texts of 2 KB", { textBytes: 2_048 }],
    ["no presence watchers", { watchers: 0 }],
    ["100 watchers each", { watchers: 100 }],
    ["`ingest: queued`", { queuedShare: 1 }],
    ["… and 5 frames per invocation of `commit`", { queuedShare: 1, framesPerBatch: 5 }],
    ["your own issuer instead of Cognito", { activeUsersPerConnected: 0 }],
    ["every twentieth invocation traced", { tracedShare: 0.05 }],
  ];
  return markdownTable(
    ["20 000 users, but", "US$ a month", "relative to the bill above"],
    cases.map(([name, over]) => {
      const dollars = computeBill(trafficWith(over), PRICES).usd;
      return [name, formatUsd(dollars), (dollars / usual).toFixed(2)];
    }),
  );
}

/** Prices of a million messages between two people in each ingest mode, without what their users do besides. */
export function modeTable(): string {
  const usual = { groupShare: 0, offlineShare: 0, devices: 1, receipts: 0, typing: 0, monthsKept: 0 };
  const rows = INGEST_MODES.map((ingest) => {
    const traffic = trafficWith({ ...usual, queuedShare: ingest === "queued" ? 1 : 0 });
    const bill = computeBill(traffic, PRICES);
    const [all, none] = [bill, computeBill({ ...traffic, messagesPerHour: 0 }, PRICES)].map(byService);
    const prices = MESSAGE_SERVICES.map(
      (name) => ((all?.get(name) ?? 0) - (none?.get(name) ?? 0)) / (bill.messages / 1e6),
    );
    return [`\`${ingest}\``, ...[...prices, prices.reduce((sum, price) => sum + price, 0)].map(formatUsd)];
  });
  return markdownTable(["US$ a million messages", ...MESSAGE_SERVICES, "together"], rows);
}

const MESSAGE_SERVICES = ["API Gateway", "Lambda", "SNS", "SQS", "DynamoDB", "CloudWatch", "Data transfer"];

/** Costs of an idle stack, by number of lanes. */
export function idleTable(): string {
  const rows = [1, 4, 16].map((lanes) => {
    const bill = computeBill(trafficWith({ users: 0, lanes, alarms: 0, dashboards: 0 }), PRICES);
    const { fifo, standard } = polledQueues(lanes);
    const requests = bill.lines
      .filter(({ service }) => service === "SQS")
      .reduce((sum, { units }) => sum + units, 0);
    const free = computeBill(trafficWith({ users: 0, lanes, alarms: 0, dashboards: 0 }), PRICES, true);
    return [
      formatNumber(lanes),
      `${fifo} FIFO, ${standard} standard`,
      `${formatNumber(requests / 1e6, 2)} million`,
      formatUsd(bill.usd),
      formatUsd(free.usd),
    ];
  });
  return markdownTable(
    ["Lanes", "Polled queues", "Empty receives", "US$ a month", "with the free million"],
    rows,
  );
}

/** Assumptions about users, with the options that change them. */
export function inputTable(): string {
  return markdownTable(
    ["", "Assumed", "Option"],
    INPUT_NAMES.filter((name) => name !== "users").map((name) => {
      const { description, value, flag } = INPUTS[name];
      return [description, formatNumber(value, Number.isInteger(value) ? 0 : 1), `\`--${flag}\``];
    }),
  );
}

export function assumptionTable(): string {
  return markdownTable(
    ["Assumption", "Value"],
    Object.entries(ASSUMED).map(([name, value]) => [`\`${name}\``, String(value)]),
  );
}
