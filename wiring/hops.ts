/** One step of a message's way through the embedded cloud, as sent to the web page: `GET /local/hops`, one hop per event. */
export interface Hop {
  /** Ascending number. */
  readonly id: number;
  /** Milliseconds since 1970, with fractions. */
  readonly atMs: number;
  /** Ids of the entries that pass this step. */
  readonly entries: readonly string[];
  readonly step: HopStep;
}

export type HopStep =
  /** A client's frame arrived. */
  | { readonly kind: "frame"; readonly gateway: string; readonly user: string }
  | { readonly kind: "started"; readonly function: string }
  | { readonly kind: "ended"; readonly function: string; readonly tookMs: number; readonly failure?: string }
  /** A topic accepted it, and its queue holds it. */
  | { readonly kind: "queued"; readonly queue: string }
  /** The queue delivered it to a function. `receives` counts its deliveries, this one included. */
  | { readonly kind: "received"; readonly queue: string; readonly receives: number }
  /** It was sent to a connection, as a push or as the response of a route, or that failed. */
  | {
      readonly kind: "posted";
      readonly frame: string;
      readonly gateway: string;
      readonly user: string;
      readonly outcome: "sent" | "gone" | "buffer full";
    };

/** A fault that the page can inject: the body of `POST /local/faults`. */
export type Fault =
  /** Drops the user's connections without a close frame, as a lost network does. */
  | { readonly fault: "drop-sockets"; readonly user: string }
  | { readonly fault: "stop-gateway"; readonly gateway: string }
  | { readonly fault: "start-gateway"; readonly gateway: string }
  /** Kills the function that appends the next message, after its append and before its acknowledgement. */
  | { readonly fault: "crash-writer" };

/** Faults that are active now: the response of `/local/faults`. */
export interface FaultState {
  readonly gateways: readonly { readonly name: string; readonly url: string; readonly running: boolean }[];
  /** True while a requested `crash-writer` has not happened yet. */
  readonly writerWillCrash: boolean;
}
