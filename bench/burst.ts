/**
 * Measures how a flooded conversation is handled, and how it affects others: `npm run bench:burst`. For each ingest mode,
 * all phases are in one run, so that their ratios are meaningful even on a slow or busy machine. The others chat all the
 * time, in other lanes.
 */
import { directConversationId } from "../functions/core/log/conversation-id.ts";
import { laneOf } from "../functions/core/shared/partition.ts";
import { startCloud } from "../local/cloud.ts";
import type { Cloud } from "../local/cloud-options.ts";
import { bundleFunctions } from "../wiring/bundle.ts";
import { INGEST_MODES, type IngestMode, memoryMbOf } from "../wiring/manifest.ts";
import { AppendCounter } from "./chat/append-counter.ts";
import { type BenchConversation, openChat } from "./chat/conversations.ts";
import { Flood, type FloodResult } from "./chat/flood.ts";
import { formatMs, formatRatio, percentile } from "./chat/percentiles.ts";
import { runSteadyLoad, type Samples } from "./chat/steady-load.ts";
import { printTable } from "./table.ts";

const LANES = 4;
const ADMISSION_DEPTH = 200;
const FLOOD = { from: "runaway", to: "victim", connections: 12, framesPerSecondEach: 5, durationMs: 60_000 };
const FLOODED_LANE = laneOf(directConversationId(FLOOD.from, FLOOD.to), LANES);
const OTHERS = 5;
const OTHERS_PER_SECOND = 5;
const WARM_UP_MS = 2_000;
const QUIET_MS = 10_000;
const MEMORY_EVERY_MS = 10_000;

interface Phases {
  readonly before: Samples;
  readonly during: Samples;
  readonly after: Samples;
}

/** Opens conversations in other lanes than the flooded one. */
async function openOthers(cloud: Cloud): Promise<BenchConversation[]> {
  const others: BenchConversation[] = [];
  for (let number = 0; others.length < OTHERS; number++) {
    const name = `other-${number}`;
    const lane = laneOf(directConversationId(`${name}-0`, `${name}-1`), LANES);
    if (lane !== FLOODED_LANE) others.push(await openChat(cloud, name));
  }
  return others;
}

async function measure(cloud: Cloud) {
  const others = await openOthers(cloud);
  const flood = await Flood.open(cloud, { ...FLOOD, lane: FLOODED_LANE });
  const chat = (durationMs: number) => runSteadyLoad(others, { perSecond: OTHERS_PER_SECOND, durationMs });

  await chat(WARM_UP_MS);
  const before = await chat(QUIET_MS);
  const memory = sampleMemory();
  const [flooded, during] = await Promise.all([flood.run(), chat(FLOOD.durationMs)]);
  memory.stop();
  const after = await chat(QUIET_MS);
  return { phases: { before, during, after }, flooded, memory: memory.samples };
}

/** Samples the memory of this process, with its workers and emulators, until it is stopped. */
function sampleMemory() {
  const samples = [memoryMb()];
  const timer = setInterval(() => samples.push(memoryMb()), MEMORY_EVERY_MS);
  return { samples, stop: () => clearInterval(timer) };
}

function memoryMb() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMb: Math.round(heapUsed / 2 ** 20), residentMb: Math.round(rss / 2 ** 20) };
}

function latencyRows(phases: Phases) {
  return Object.entries(phases).map(([phase, { sent, refused, ackMs, pushMs }]: [string, Samples]) => ({
    "the others": phase,
    messages: sent,
    refused,
    ...latencies("ack", ackMs, phases.before.ackMs),
    ...latencies("push", pushMs, phases.before.pushMs),
  }));
}

/** Returns the cells `50 / 95` in milliseconds, and as ratios to those before the flood. */
function latencies(title: string, valuesMs: readonly number[], beforeMs: readonly number[]) {
  const each = (format: (fraction: number) => string) => [0.5, 0.95].map(format).join(" / ");
  return {
    [`${title} p50 / p95, ms`]: each((fraction) => formatMs(percentile(valuesMs, fraction))),
    [`${title} / before`]: each((fraction) =>
      formatRatio(percentile(valuesMs, fraction), percentile(beforeMs, fraction)),
    ),
  };
}

function describeFlood(flooded: FloodResult, appends: AppendCounter): string {
  const { conversation, offered, offeredForMs, ackedMeanwhile, maxDepth, answers, accepted, unanswered } =
    flooded;
  const [bySend, byCommit] = ["send", "commit"].map((name) => appends.entries(name, conversation));
  const percent = (part = 0) => `${((100 * part) / ((bySend ?? 0) + (byCommit ?? 0))).toFixed(1)} %`;
  return [
    `The flooded conversation: ${offered} frames in ${(offeredForMs / 1_000).toFixed(0)} s`,
    `  answers: ${Object.entries(answers)
      .map(([answer, count]) => `${count} ${answer}`)
      .join(", ")}; ${unanswered} unanswered`,
    `  offered / acknowledged meanwhile: ${formatRatio(offered, ackedMeanwhile)}; deepest queue: ${maxDepth}`,
    `  appended by send itself: ${bySend} (${percent(bySend)}); by the queue: ${byCommit} (${percent(byCommit)})`,
    `  answered with "accepted": ${accepted}`,
  ].join("\n");
}

async function report(ingest: IngestMode): Promise<void> {
  const appends = new AppendCounter();
  const cloud = await startCloud({
    ingest,
    lanes: LANES,
    admissionDepth: ADMISSION_DEPTH,
    // For the counter.
    logLevel: "DEBUG",
    onLog: appends.onLog,
    log: () => undefined,
  });
  try {
    const { phases, flooded, memory } = await measure(cloud);
    console.log(`\nIngest ${ingest}; send has ${memoryMbOf("send", ingest)} MB\n`);
    printTable(latencyRows(phases));
    console.log(`\n${describeFlood(flooded, appends)}`);
    const megabytes = memory.map(({ heapMb, residentMb }) => `${heapMb}/${residentMb}`).join(", ");
    console.log(`  heap/resident memory in MB before, and every 10 s of the flood: ${megabytes}`);
  } finally {
    await cloud.stop();
  }
}

bundleFunctions();
for (const ingest of INGEST_MODES) await report(ingest);
process.exit(0);
