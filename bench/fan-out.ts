import { CHANNELS, FUNCTIONS } from "../wiring/manifest.ts";
import { connectionId, GroupSimulation } from "./simulation/group-simulation.ts";
import type { Meter } from "./simulation/meter.ts";
import { printTable } from "./table.ts";

// npm run bench:fan-out. Compare figures of one run only: they rest on the assumptions in bench/simulation/services.ts.

interface Scenario {
  readonly name: string;
  readonly members?: number;
  readonly deadShare?: number;
  readonly hanging?: number;
  readonly offlineShare?: number;
  readonly deliver?: { readonly memoryMb: number; readonly batchSize: number };
}

const SCENARIOS: readonly Scenario[] = [
  { name: "100 members, inline", members: 100 },
  { name: "101 members", members: 101 },
  { name: "1 000 members", members: 1_000 },
  { name: "10 000 members" },
  { name: "  1 % dead", deadShare: 0.01 },
  { name: "  2 % dead", deadShare: 0.02 },
  { name: "  5 % dead", deadShare: 0.05 },
  { name: "  1 hangs", hanging: 1 },
  { name: "  100 hang", hanging: 100 },
  { name: "  30 % offline", offlineShare: 0.3 },
];

const MEMORY_MB = [256, 512, 1024, 1769];
const BATCH_SIZES = [10, 5, 2, 1];
const SETTINGS: readonly Scenario[] = MEMORY_MB.flatMap((memoryMb) =>
  BATCH_SIZES.map((batchSize) => ({
    name: `  deliver ${memoryMb} MB, batch ${batchSize}`,
    deliver: { memoryMb, batchSize },
  })),
);

const message = (id: string) => [{ id, kind: "text" as const, body: { text: "x".repeat(100) } }];

/** Sends one message to cold environments and one to warm ones. Reports the second. */
async function run(scenario: Scenario) {
  const { members = 10_000, deadShare = 0, hanging = 0, offlineShare = 0, deliver } = scenario;
  const users = Array.from({ length: members - 1 }, (_, index) => `user-${index}`);
  const simulation = new GroupSimulation({ users, ...(deliver && { deliver }) });
  const share = (of: number) =>
    users.filter((_, index) => Math.floor((index + 1) * of) > Math.floor(index * of));
  for (const user of share(offlineShare)) simulation.disconnect(user);
  const first = await simulation.send(message("first"));
  const coldMs = Math.max(...simulation.entryArrivals(first).map(({ atMs }) => atMs)) - first;
  for (const user of share(deadShare)) simulation.gateway.sockets.set(connectionId(user), "dead");
  for (const user of share((hanging + 0.5) / users.length))
    simulation.gateway.sockets.set(connectionId(user), "hanging");

  const before = total(simulation);
  const startedAtMs = await simulation.send(message("second"));
  const after = total(simulation);
  const times = simulation.entryArrivals(startedAtMs).map(({ atMs }) => atMs - startedAtMs);
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  const per = (key: keyof typeof before) => (after[key] - before[key]) / times.length;
  return {
    "": scenario.name,
    reached: times.length,
    ack: Math.round((simulation.ackedAtMs(startedAtMs) ?? 0) - startedAtMs),
    first: Math.round(at(0)),
    median: Math.round(at(0.5)),
    "99 %": Math.round(at(0.99)),
    last: Math.round(at(1)),
    "last, cold": Math.round(coldMs),
    "slowest shard": Math.round(Math.max(0, ...simulation.shardTimes(startedAtMs))),
    posts: per("posts").toFixed(2),
    "table calls": per("tableCalls").toFixed(3),
    "read units": per("readUnits").toFixed(2),
    "write units": per("writeUnits").toFixed(4),
    SNS: per("published").toFixed(4),
    invocations: per("invocations").toFixed(4),
    "Lambda ms": per("billedMs").toFixed(2),
    "GB-s a message": (after.gbSeconds - before.gbSeconds).toFixed(2),
  };
}

const TABLE_CALLS = ["GetItem", "Query", "BatchGetItem", "PutItem", "UpdateItem"];

function total({ commitMeter, deliverMeter, commit, deliver }: GroupSimulation) {
  const meters = [commitMeter, deliverMeter];
  const functions = [commit, deliver];
  const sum = (of: (meter: Meter) => number) => meters.reduce((all, meter) => all + of(meter), 0);
  const sumOf = (of: (one: typeof commit) => number) => functions.reduce((all, one) => all + of(one), 0);
  return {
    posts: sum((meter) => meter.callCount("PostToConnection")),
    tableCalls: sum((meter) => TABLE_CALLS.reduce((all, name) => all + meter.callCount(name), 0)),
    readUnits: sum(({ readUnits }) => readUnits),
    writeUnits: sum(({ writeUnits }) => writeUnits),
    published: sum(({ published }) => published),
    invocations: sumOf(({ invocations }) => invocations),
    billedMs: sumOf(({ billedMs }) => billedMs),
    gbSeconds: sumOf(({ billedMs, memoryMb }) => (billedMs / 1000) * (memoryMb / 1024)),
  };
}

async function table(scenarios: readonly Scenario[]): Promise<void> {
  const rows = [];
  for (const scenario of scenarios) rows.push(await run(scenario));
  printTable(rows);
}

const { memoryMb } = FUNCTIONS.deliver;
const { batchSize } = CHANNELS.outbound.trigger;
console.log(
  `One message to warm environments; times in ms since "send", all other figures per connection reached.`,
);
console.log(`deliver: ${memoryMb} MB, batches of ${batchSize}; commit: ${FUNCTIONS.commit.memoryMb} MB\n`);
await table(SCENARIOS);
console.log("\n10 000 members with other settings\n");
await table(SETTINGS);
