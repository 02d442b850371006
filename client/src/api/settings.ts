import type { CoreOptions, Timings } from "./options.ts";

type WithoutDefault = "user" | "device" | "storage";

/** The options with every default filled in. */
export interface Settings
  extends Required<Omit<CoreOptions, WithoutDefault | "timings">>,
    Pick<CoreOptions, WithoutDefault> {
  readonly timings: Timings;
}
