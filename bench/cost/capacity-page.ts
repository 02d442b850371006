import { conversationRate } from "../../functions/core/commit/conversation-rate.ts";
import { FUNCTIONS } from "../../wiring/manifest.ts";
import { SERVICES } from "../simulation/services.ts";
import { ASSUMED } from "./assumptions.ts";
import { SIZES } from "./bill-page.ts";
import { addConnects, averageLoad, Load } from "./load.ts";
import { formatNumber, markdownTable } from "./markdown.ts";
import { QUOTAS, type Quota } from "./quotas.ts";
import { trafficWith } from "./traffic.ts";

// The generated parts of docs/scaling.md. `npm run capacity` prints them.

const codeOf = ({ code }: Quota) => (code ? ` (${code})` : "");

/** Load on a quota in the busiest second. */
export function peakLoad(quota: Quota, users: number): number {
  return quota.load(averageLoad(trafficWith({ users }))) * ASSUMED.peak;
}

/** Number of connected users that use up a quota in their busiest second. Load grows linearly with users. */
function usersAtLimit(quota: Quota): number {
  const users = 1_000_000;
  return (quota.limit / peakLoad(quota, users)) * users;
}

/** Rounds down to two significant digits. */
function roundDown(value: number): string {
  const size = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return formatNumber(Math.floor(value / size) * size);
}

const quotasByUsers = () => [...QUOTAS].sort((a, b) => usersAtLimit(a) - usersAtLimit(b));

/** Quotas in the order in which a growing number of users reaches them. */
export function quotaTable(): string {
  return markdownTable(
    ["Connected users", "Reached in the busiest second", "Limit", "Beyond it"],
    quotasByUsers().map((quota) => [
      roundDown(usersAtLimit(quota)),
      quota.name + codeOf(quota),
      formatNumber(quota.limit),
      quota.beyond,
    ]),
  );
}

export function utilizationTable(): string {
  const percent = (quota: Quota, users: number) => {
    const share = (100 * peakLoad(quota, users)) / quota.limit;
    const text = share < 1 ? "< 1 %" : `${formatNumber(share)} %`;
    return share > 100 ? `**${text}**` : text;
  };
  return markdownTable(
    ["Of the limit, in the busiest second", ...SIZES.map((users) => formatNumber(users))],
    quotasByUsers().map((quota) => [quota.name, ...SIZES.map((users) => percent(quota, users))]),
  );
}

/** Quotas to raise, each with its minimum value, without reserve. */
export function raiseTable(): string {
  return markdownTable(
    ["Connected users", "Reached first", "Raise to at least"],
    SIZES.map((users) => {
      const full = quotasByUsers().filter((quota) => peakLoad(quota, users) > quota.limit);
      const [first] = full;
      return [
        formatNumber(users),
        first?.name ?? "none",
        full
          .map((quota) => `${quota.name}: ${formatNumber(Math.ceil(peakLoad(quota, users) / 10) * 10)}`)
          .join("; ") || "nothing",
      ];
    }),
  );
}

/** Load of a number of new connections a second, when all clients reconnect at once. */
export function reconnectTable(): string {
  const million = 1_000_000;
  return markdownTable(
    [
      "Connections a second",
      "a million have reconnected after",
      "API Gateway requests/s",
      "Lambda invocations/s",
      "concurrency",
      "read units/s",
      "write units/s",
      "presence posts/s",
    ],
    [500, 1_000, 2_000, 5_000].map((rate) => {
      const load = new Load();
      addConnects(load, trafficWith(), rate, true);
      return [
        formatNumber(rate),
        `${formatNumber(million / rate / 60, 1)} min`,
        formatNumber(load.framesIn + load.connects + load.posts),
        formatNumber(load.allInvocations),
        formatNumber(load.concurrency),
        formatNumber(load.readUnits),
        formatNumber(load.writeUnits),
        formatNumber(load.posts),
      ];
    }),
  );
}

/** Ceilings of a single conversation, user or lane, which no quota can raise. */
export function singleKeyTable(): string {
  const { dynamoQueryMs, dynamoSingleMs, postMedianMs } = SERVICES;
  const slowness = SERVICES.memoryOfOneCpuMb / FUNCTIONS.commit.memoryMb;
  const batchMs =
    ASSUMED.handlerMs +
    2 * dynamoQueryMs +
    2 * dynamoSingleMs +
    postMedianMs +
    16 * SERVICES.cpuPerCallMs * slowness;
  const batches = Math.floor(1000 / (batchMs + SERVICES.hopMedianMs / 2));
  return markdownTable(
    ["One", "Ceiling", "Why"],
    [
      [
        "conversation",
        `${formatNumber(conversationRate(2).perSecond)} entries a second, ${formatNumber(conversationRate(2).burst)} at once`,
        "Parley's own limit: functions/core/commit/conversation-rate.ts, less in large groups. Beyond it: `rate_limited` with the time to retry",
      ],
      [
        "conversation",
        `about ${formatNumber(batches)} batches a second: ${formatNumber(batches * 10)} frames, ${formatNumber(batches * 250)} entries`,
        `one batch of ten at a time, ${formatNumber(batchMs)} ms each and half a hop between them (assumed latencies)`,
      ],
      ["conversation", "300 frames a second", "SNS FIFO and SQS FIFO: limit of a message group"],
      [
        "conversation",
        "about 500 appends a second",
        "DynamoDB: 1 000 write units a second for a partition key",
      ],
      ["user", "3 000 lease reads a second", "DynamoDB: 3 000 read units a second for a partition key"],
      [
        "lane",
        "120 000 messages",
        "SQS looks for message groups only among these; admission stops at 20 000",
      ],
    ],
  );
}
