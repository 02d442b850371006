import { systemClock } from "./api/clock.ts";
import { type CoreOptions, DEFAULT_TIMINGS } from "./api/options.ts";
import type { Settings } from "./api/settings.ts";
import { webSocketTransport } from "./connection/websocket-transport.ts";
import { randomId } from "./util/random-id.ts";

/** Fills in the default of every option that is not given. */
export function resolveSettings(options: CoreOptions): Settings {
  return {
    transport: webSocketTransport,
    clock: systemClock,
    random: Math.random,
    newId: randomId,
    ...options,
    timings: { ...DEFAULT_TIMINGS, ...options.timings },
  };
}
