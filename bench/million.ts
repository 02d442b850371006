import { INPUTS } from "./cost/traffic.ts";
import type { AccountLimits } from "./simulation/million/account.ts";
import { MillionSimulation, type Outcome } from "./simulation/million/million-simulation.ts";
import { simulateReconnectStorm } from "./simulation/million/reconnect-storm.ts";
import { SERVICES } from "./simulation/services.ts";

// npm run bench:million. Simulates a million connected users with the traffic of bench/cost/traffic.ts on a virtual clock.
// Compare figures of one run only: they rest on the assumptions in bench/simulation/services.ts.

const USERS = 1_000_000;
const PEAK = 3;
const SIMULATED_MS = 4_000;
const MESSAGES_PER_SECOND = (USERS * INPUTS.messagesPerHour.value) / 3_600;

/** Default quotas of an account, with a table that has been in use for a while. */
const DEFAULT_QUOTAS: AccountLimits = {
  gatewayPerSecond: SERVICES.gatewayPerSecond,
  lambdaConcurrency: 1_000,
  fifoPublishesPerSecond: 30_000,
  readUnitsPerSecond: 40_000,
  writeUnitsPerSecond: 40_000,
};

/** Quotas that docs/scaling.md requires for a million users. */
const RAISED_QUOTAS: AccountLimits = {
  gatewayPerSecond: 150_000,
  lambdaConcurrency: 10_000,
  fifoPublishesPerSecond: 30_000,
  readUnitsPerSecond: 150_000,
  writeUnitsPerSecond: 60_000,
};

interface Scenario {
  readonly name: string;
  readonly messagesPerSecond: number;
  readonly limits: AccountLimits;
  readonly lanes: number;
  readonly commitConcurrency: number;
  readonly deliverConcurrency: number;
}

const raised = {
  limits: RAISED_QUOTAS,
  lanes: 16,
  commitConcurrency: 4_000,
  deliverConcurrency: 1_000,
} as const;
/** Settings of prod in cdk/config/config.ts. */
const production = {
  limits: DEFAULT_QUOTAS,
  lanes: 4,
  commitConcurrency: 200,
  deliverConcurrency: 100,
} as const;

const SCENARIOS: readonly Scenario[] = [
  { name: "next to nothing", messagesPerSecond: MESSAGES_PER_SECOND / 100, ...raised },
  { name: "a million users", messagesPerSecond: MESSAGES_PER_SECOND, ...raised },
  { name: "their busiest second", messagesPerSecond: MESSAGES_PER_SECOND * PEAK, ...raised },
  { name: "a million, nothing raised", messagesPerSecond: MESSAGES_PER_SECOND, ...production },
];

async function run({ name: _, ...options }: Scenario): Promise<Outcome> {
  return new MillionSimulation({
    durationMs: SIMULATED_MS,
    conversations: USERS / 4,
    groupShare: INPUTS.groupShare.value,
    groupSize: INPUTS.groupSize.value,
    offlineShare: INPUTS.offlineShare.value,
    ...options,
  }).run();
}

/** Returns `value` as a multiple of `base`. */
const ratio = (value: number, base: number) => (value / base).toFixed(value / base < 10 ? 1 : 0);

console.log(
  `${SIMULATED_MS / 1000} s of messages; times as multiples of the median ack of the first row, "next to nothing"\n`,
);
let baseMs: number | undefined;
for (const scenario of SCENARIOS) {
  const outcome = await run(scenario);
  baseMs ??= outcome.ack.percentile(0.5);
  if (outcome.accepted !== outcome.acked || outcome.delivered !== outcome.sent || outcome.deadLetters > 0) {
    throw new Error(`${scenario.name}: messages were lost or became dead letters`);
  }
  const refused = [...outcome.refused].map(([reason, count]) => `${reason} ${count}`).join(", ");
  console.log(
    [
      scenario.name,
      `${Math.round(scenario.messagesPerSecond)} messages/s, ${outcome.sent} sent, all acked and pushed to all`,
      `ack p50 ${ratio(outcome.ack.percentile(0.5), baseMs)}, p99 ${ratio(outcome.ack.percentile(0.99), baseMs)}`,
      `push p50 ${ratio(outcome.push.percentile(0.5), baseMs)}, p99 ${ratio(outcome.push.percentile(0.99), baseMs)}`,
      `refused and sent again: ${refused || "none"}; posts throttled ${outcome.throttledPosts}; table calls throttled ${outcome.throttledTableCalls}`,
      `at most ${outcome.maxConcurrency} concurrent executions, ${outcome.maxLaneDepth} records in a lane, ${outcome.framesPerBatch.toFixed(1)} frames a batch`,
      `done ${(outcome.drainMs / 1000).toFixed(1)} s after the last message`,
    ].join("\n  "),
  );
}

console.log("\nAll clients lose their connection for a minute and reconnect as the client library does\n");
for (const perSecond of [500, 2_000, 10_000]) {
  const { reconnectTimes, lastReconnectMs, attempts, peakAttemptsPerSecond, maxAttempts } =
    simulateReconnectStorm({
      clients: USERS,
      perSecond,
      outageMs: 60_000,
    });
  const minutes = (ms: number) => (ms / 60_000).toFixed(1);
  console.log(
    [
      `${perSecond} new connections a second`,
      `half are back after ${minutes(reconnectTimes.percentile(0.5))} min, all after ${minutes(lastReconnectMs)} min (${minutes((USERS / perSecond) * 1000)} if no attempt were wasted)`,
      `${(attempts / USERS).toFixed(0)} handshakes a client on average, ${maxAttempts} for the unluckiest; ${peakAttemptsPerSecond} in the worst second`,
    ].join("\n  "),
  );
}
console.log(`\nmemory: ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
