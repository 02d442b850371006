import type { ServerFrame } from "../../protocol/index.ts";
import { SERVICES } from "./services.ts";
import { TokenBucket } from "./token-bucket.ts";

type Socket = "live" | "dead" | "hanging";

export interface Arrival {
  readonly connection: string;
  readonly frame: ServerFrame;
  readonly atMs: number;
}

/** API Gateway: its sockets, and the account's quota of requests a second. */
export class Gateway {
  readonly arrivals: Arrival[] = [];
  /** Connections that are not `live`. */
  readonly sockets = new Map<string, Socket>();
  /** Times at which posts to a hanging connection ended. */
  readonly timedOutAtMs: number[] = [];
  throttled = 0;
  readonly #requests: TokenBucket;

  constructor(requests = new TokenBucket(SERVICES.gatewayPerSecond, SERVICES.gatewayBurst)) {
    this.#requests = requests;
  }

  tryTake(nowMs: number): boolean {
    const isTaken = this.#requests.tryTake(nowMs);
    if (!isTaken) this.throttled += 1;
    return isTaken;
  }

  deliver(arrival: Arrival): void {
    this.arrivals.push(arrival);
  }
}
