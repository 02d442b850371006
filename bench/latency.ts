/**
 * Measures acks and pushes against a floor: `npm run bench:latency`. The floor is a function that posts a message to one
 * connection and stores nothing. All paths are measured in turn in one run, so that noise hits all alike: compare ratios
 * of one run only.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startCloud } from "../local/cloud.ts";
import type { Cloud } from "../local/cloud-options.ts";
import { bundleFunctions, bundleModule } from "../wiring/bundle.ts";
import { INGEST_MODES, type IngestMode, memoryMbOf } from "../wiring/manifest.ts";
import { type BenchConversation, openChat, openFloor } from "./chat/conversations.ts";
import { formatMs, formatRatio, percentile } from "./chat/percentiles.ts";
import { runSteadyLoad, Samples } from "./chat/steady-load.ts";
import { describeInit, measureInit } from "./init/measure-init.ts";
import { printTable } from "./table.ts";

const PAIRS = 50;
const RATES = [1, 10, 50];
const GROUP_SIZES = [2, 10, 32];
const GROUPS = 4;
/** Messages a second of all groups of a size together. */
const GROUP_RATE = 4;
/** Enough to start all workers. */
const WARM_UP = { perSecond: 80, durationMs: 3_000 };

type Path = "floor" | IngestMode;
type Conversations = Readonly<Record<Path, readonly BenchConversation[]>>;
type Clouds = Readonly<Record<IngestMode, Cloud>>;

interface Settings {
  readonly rounds: number;
  /** Duration of one path in one round. */
  readonly durationMs: number;
}

function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: "string", default: "12" }, seconds: { type: "string", default: "2" } },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (!(Number.isInteger(rounds) && rounds > 0 && seconds > 0))
    throw new Error("--rounds must be a whole number above 0, and --seconds a number above 0.");
  return { rounds, durationMs: seconds * 1_000 };
}

function startQuietCloud(ingest: IngestMode): Promise<Cloud> {
  const floor = {
    name: "floor",
    bundle: bundleModule(join(import.meta.dirname, "functions/floor.ts")),
    memoryMb: memoryMbOf("send", "direct"),
    maxWorkers: 4,
  };
  return startCloud({ ingest, extraFunctions: [floor], onLog: () => undefined, log: () => undefined });
}

async function openPairs({ direct, queued }: Clouds): Promise<Conversations> {
  const indexes = Array.from({ length: PAIRS }, (_, index) => index);
  const open = async (openOne: (index: number) => Promise<BenchConversation>) => {
    const opened: BenchConversation[] = [];
    for (const index of indexes) opened.push(await openOne(index));
    return opened;
  };
  return {
    floor: await open((index) => openFloor(direct, `floor-${index}`)),
    direct: await open((index) => openChat(direct, `pair-${index}`)),
    queued: await open((index) => openChat(queued, `pair-${index}`)),
  };
}

async function openGroups(cloud: Cloud, size: number): Promise<BenchConversation[]> {
  const groups: BenchConversation[] = [];
  for (let index = 0; index < GROUPS; index++)
    groups.push(await openChat(cloud, `group-${size}-${index}`, size));
  return groups;
}

/** Runs the load on each path in turn, in many short rounds. Every round begins with another path. */
async function measureInTurn<P extends string>(
  paths: Readonly<Record<P, readonly BenchConversation[]>>,
  perSecond: number,
  { rounds, durationMs }: Settings,
): Promise<Record<P, Samples>> {
  const names = Object.keys(paths) as P[];
  const all = Object.fromEntries(names.map((name) => [name, new Samples()])) as Record<P, Samples>;
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)])
      all[name].add(await runSteadyLoad(paths[name], { perSecond, durationMs }));
  }
  return all;
}

const PERCENTILES = [0.5, 0.95, 0.99];

/** Returns the cells `50 / 95 / 99` in milliseconds, and as ratios to the same percentiles of the floor. */
function cells(title: string, valuesMs: readonly number[], floorMs: readonly number[]) {
  const each = (format: (fraction: number) => string) => PERCENTILES.map(format).join(" / ");
  return {
    [`${title} p50 / p95 / p99, ms`]: each((fraction) => formatMs(percentile(valuesMs, fraction))),
    [`${title} / floor`]: each((fraction) =>
      formatRatio(percentile(valuesMs, fraction), percentile(floorMs, fraction)),
    ),
  };
}

function pairRows(perSecond: number, samples: Readonly<Record<Path, Samples>>) {
  return Object.entries(samples).map(([path, { sent, queued, refused, ackMs, pushMs }]) => ({
    path: `${path}, ${perSecond}/s`,
    messages: sent,
    queued,
    refused,
    unanswered: sent - ackMs.length - refused,
    ...cells("ack", ackMs, samples.floor.ackMs),
    ...cells("push", pushMs, samples.floor.pushMs),
  }));
}

function groupRow(size: number, { direct, queued }: Readonly<Record<IngestMode, Samples>>) {
  const p95 = (valuesMs: readonly number[]) => percentile(valuesMs, 0.95);
  return {
    members: size,
    messages: direct.sent,
    "ack p95 direct, queued, ms": `${formatMs(p95(direct.ackMs))}, ${formatMs(p95(queued.ackMs))}`,
    "ack direct / queued": formatRatio(p95(direct.ackMs), p95(queued.ackMs)),
    "push p95 direct, queued, ms": `${formatMs(p95(direct.pushMs))}, ${formatMs(p95(queued.pushMs))}`,
    "push direct / queued": formatRatio(p95(direct.pushMs), p95(queued.pushMs)),
  };
}

async function measurePairs(clouds: Clouds, settings: Settings): Promise<void> {
  const pairs = await openPairs(clouds);
  for (const conversations of Object.values(pairs)) await runSteadyLoad(conversations, WARM_UP);
  const rows: ReturnType<typeof pairRows> = [];
  for (const perSecond of RATES)
    rows.push(...pairRows(perSecond, await measureInTurn(pairs, perSecond, settings)));
  console.log(`\n${PAIRS} pairs, messages of all pairs together; "queued": left to the queue by send\n`);
  printTable(rows);
}

async function measureGroups({ direct, queued }: Clouds, settings: Settings): Promise<void> {
  const rows: ReturnType<typeof groupRow>[] = [];
  for (const size of GROUP_SIZES) {
    const groups = { direct: await openGroups(direct, size), queued: await openGroups(queued, size) };
    rows.push(groupRow(size, await measureInTurn(groups, GROUP_RATE, settings)));
  }
  console.log(`\n${GROUPS} conversations of each size, ${GROUP_RATE} messages a second together\n`);
  printTable(rows);
}

const settings = readSettings(process.argv.slice(2));
bundleFunctions();
const memory = INGEST_MODES.map((ingest) => `${memoryMbOf("send", ingest)} MB (${ingest})`);
console.log(`Memory of send: ${memory.join(", ")}`);
console.log(describeInit(measureInit()));
const clouds = { direct: await startQuietCloud("direct"), queued: await startQuietCloud("queued") };
try {
  await measurePairs(clouds, settings);
  await measureGroups(clouds, settings);
} finally {
  await Promise.all(Object.values(clouds).map((cloud) => cloud.stop()));
}
process.exit(0);
