import { DEFAULT_TIMINGS } from "../../../client/src/api/options.ts";
import { type ConnectionEnd, planReconnect } from "../../../client/src/connection/reconnect-policy.ts";
import { seededRandom } from "../seeded-random.ts";
import { TokenBucket } from "../token-bucket.ts";
import { Histogram } from "./histogram.ts";

export interface ReconnectStormOptions {
  readonly clients: number;
  /** API Gateway's rate of new connections a second, and its burst. */
  readonly perSecond: number;
  /** Duration in which no client can connect. */
  readonly outageMs: number;
  readonly seed?: number;
}

export interface ReconnectStorm {
  /** Times from the end of the outage until each client is connected again. */
  readonly reconnectTimes: Histogram;
  readonly lastReconnectMs: number;
  /** Handshakes, including those refused. */
  readonly attempts: number;
  readonly peakAttemptsPerSecond: number;
  /** Most attempts of a single client. */
  readonly maxAttempts: number;
}

/** Assumed: duration of a refused handshake or a failed connection. */
const REFUSED_AFTER_MS = 100;
const TICK_MS = 10;
const END_OF_LIST = -1;

/**
 * Simulates clients that all lose their connection at once and reconnect as the client library does. Uses a wheel of ticks
 * with a list of clients each, in typed arrays, because a million clients make more than a hundred million attempts.
 */
export function simulateReconnectStorm({
  clients,
  perSecond,
  outageMs,
  seed = 1,
}: ReconnectStormOptions): ReconnectStorm {
  const random = seededRandom(seed);
  const bounds = DEFAULT_TIMINGS.reconnect;
  const slots = Math.ceil((bounds.capMs + REFUSED_AFTER_MS) / TICK_MS) + 2;
  const first = new Int32Array(slots).fill(END_OF_LIST);
  const next = new Int32Array(clients).fill(END_OF_LIST);
  const failures = new Uint16Array(clients);
  const connections = new TokenBucket(perSecond, perSecond);

  const reconnectTimes = new Histogram();
  let lastReconnectMs = 0;
  let attempts = 0;
  let peakAttemptsPerSecond = 0;
  let maxAttempts = 0;

  const scheduleAttempt = (client: number, tick: number, end: ConnectionEnd, spentMs: number) => {
    const failed = failures[client] ?? 0;
    const history = { attempts: failed, failedOpens: failed };
    const { delayMs } = planReconnect(history, end, bounds, random());
    const slot = (tick + 1 + Math.floor((delayMs + spentMs) / TICK_MS)) % slots;
    next[client] = first[slot] ?? END_OF_LIST;
    first[slot] = client;
  };

  for (let client = 0; client < clients; client++) scheduleAttempt(client, -1, "synced", 0);
  let inThisSecond = 0;
  for (let tick = 0; reconnectTimes.count < clients; tick++) {
    const nowMs = tick * TICK_MS;
    if (nowMs % 1000 === 0) inThisSecond = 0;
    let client = first[tick % slots] ?? END_OF_LIST;
    first[tick % slots] = END_OF_LIST;
    while (client !== END_OF_LIST) {
      const following = next[client] ?? END_OF_LIST;
      attempts += 1;
      inThisSecond += 1;
      const made = (failures[client] ?? 0) + 1;
      failures[client] = made;
      if (nowMs >= outageMs && connections.tryTake(nowMs)) {
        lastReconnectMs = nowMs - outageMs;
        reconnectTimes.add(lastReconnectMs);
        maxAttempts = Math.max(maxAttempts, made);
      } else {
        scheduleAttempt(client, tick, "unopened", REFUSED_AFTER_MS);
      }
      client = following;
    }
    peakAttemptsPerSecond = Math.max(peakAttemptsPerSecond, inThisSecond);
  }
  return { reconnectTimes, lastReconnectMs, attempts, peakAttemptsPerSecond, maxAttempts };
}
