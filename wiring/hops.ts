/** What the embedded cloud tells the web page of the way of a message: `GET /local/hops`, one Hop an event. */
export interface Hop {
  /** Ascending. */
  readonly id: number;
  /** Milliseconds since 1970, with fractions. */
  readonly atMs: number;
  /** The ids of the entries that pass here. */
  readonly entries: readonly string[];
  readonly step: HopStep;
}

export type HopStep =
  /** A frame came in. */
  | { readonly kind: "frame"; readonly gateway: string; readonly user: string }
  | { readonly kind: "started"; readonly function: string }
  | { readonly kind: "ended"; readonly function: string; readonly tookMs: number; readonly failure?: string }
  /** A topic took it, and its queue holds it. */
  | { readonly kind: "queued"; readonly queue: string }
  /** The queue gave it to a function. `receives`: for the how manieth time. */
  | { readonly kind: "received"; readonly queue: string; readonly receives: number }
  /** It was pushed to a connection, or could not be. */
  | {
      readonly kind: "posted";
      readonly frame: string;
      readonly gateway: string;
      readonly user: string;
      readonly outcome: "sent" | "gone" | "buffer full";
    };

/** What the page may break: the body of `POST /local/faults`. */
export type Fault =
  /** Ends the connections of a user without a word, as a lost network does. */
  | { readonly fault: "drop-sockets"; readonly user: string }
  | { readonly fault: "stop-gateway"; readonly gateway: string }
  | { readonly fault: "start-gateway"; readonly gateway: string }
  /** Kills `commit` when it has appended and is about to say so, the next time. */
  | { readonly fault: "crash-commit" };

/** What is broken just now: the answer of `/local/faults`. */
export interface FaultState {
  readonly gateways: readonly { readonly name: string; readonly url: string; readonly running: boolean }[];
  /** `crash-commit` waits for its moment. */
  readonly commitWillCrash: boolean;
}
