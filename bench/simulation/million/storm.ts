import { DEFAULT_TIMINGS } from "../../../client/src/api/options.ts";
import { planReconnect } from "../../../client/src/connection/reconnect-policy.ts";
import { randomOf } from "../services.ts";
import { TokenBucket } from "../token-bucket.ts";
import { Histogram } from "./histogram.ts";

export interface StormOptions {
  readonly clients: number;
  /** API Gateway: new connections a second, and as many at once. */
  readonly perSecond: number;
  /** For so long nobody can connect. */
  readonly outageMs: number;
  readonly seed?: number;
}

export interface Storm {
  /** Clients that are connected again, from the end of the outage. */
  readonly back: Histogram;
  readonly lastBackMs: number;
  /** Handshakes, those refused included. */
  readonly attempts: number;
  readonly attemptsInWorstSecond: number;
  /** Attempts of the unluckiest client. */
  readonly mostAttempts: number;
}

/** Assumed: a handshake that is refused, and a connection that fails. */
const REFUSED_AFTER_MS = 100;
const TICK_MS = 10;
const NOBODY = -1;

/**
 * Every client loses its connection at once, and comes back as the client library does. A wheel of ticks with a list
 * of clients each, in typed arrays: a million clients make more than a hundred million attempts.
 */
export function storm({ clients, perSecond, outageMs, seed = 1 }: StormOptions): Storm {
  const random = randomOf(seed);
  const bounds = DEFAULT_TIMINGS.reconnect;
  const slots = Math.ceil((bounds.capMs + REFUSED_AFTER_MS) / TICK_MS) + 2;
  const first = new Int32Array(slots).fill(NOBODY);
  const next = new Int32Array(clients).fill(NOBODY);
  const failures = new Uint16Array(clients);
  const connections = new TokenBucket(perSecond, perSecond);

  const back = new Histogram();
  let lastBackMs = 0;
  let attempts = 0;
  let attemptsInWorstSecond = 0;
  let mostAttempts = 0;

  const tryAgain = (client: number, tick: number, openForMs: number | undefined, spentMs: number) => {
    const failed = failures[client] ?? 0;
    const history = { attempts: failed, failedOpens: failed };
    const { delayMs } = planReconnect(history, openForMs, bounds, random());
    const slot = (tick + 1 + Math.floor((delayMs + spentMs) / TICK_MS)) % slots;
    next[client] = first[slot] ?? NOBODY;
    first[slot] = client;
  };

  for (let client = 0; client < clients; client++) tryAgain(client, -1, Number.POSITIVE_INFINITY, 0);
  let inThisSecond = 0;
  for (let tick = 0; back.count < clients; tick++) {
    const nowMs = tick * TICK_MS;
    if (nowMs % 1000 === 0) inThisSecond = 0;
    let client = first[tick % slots] ?? NOBODY;
    first[tick % slots] = NOBODY;
    while (client !== NOBODY) {
      const following = next[client] ?? NOBODY;
      attempts += 1;
      inThisSecond += 1;
      const made = (failures[client] ?? 0) + 1;
      failures[client] = made;
      if (nowMs >= outageMs && connections.takes(nowMs)) {
        lastBackMs = nowMs - outageMs;
        back.add(lastBackMs);
        mostAttempts = Math.max(mostAttempts, made);
      } else {
        tryAgain(client, tick, undefined, REFUSED_AFTER_MS);
      }
      client = following;
    }
    attemptsInWorstSecond = Math.max(attemptsInWorstSecond, inThisSecond);
  }
  return { back, lastBackMs, attempts, attemptsInWorstSecond, mostAttempts };
}
