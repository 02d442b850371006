import { systemClock } from "./api/clock.ts";
import { type CoreOptions, DEFAULT_TIMINGS, type Timings } from "./api/options.ts";
import { webSocketTransport } from "./connection/websocket-transport.ts";

type WithoutDefault = "user" | "device" | "storage";

/** The options with every default filled in. */
export interface Settings
  extends Required<Omit<CoreOptions, WithoutDefault | "timings">>,
    Pick<CoreOptions, WithoutDefault> {
  readonly timings: Timings;
}

export function settingsOf(options: CoreOptions): Settings {
  return {
    transport: webSocketTransport,
    clock: systemClock,
    random: Math.random,
    newId: () => crypto.randomUUID(),
    ...options,
    timings: { ...DEFAULT_TIMINGS, ...options.timings },
  };
}
