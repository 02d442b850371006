import type { Hop, HopStep } from "../../wiring/hops.ts";
import type { RequestHandler } from "../http/server.ts";

/** Number of hops that a page sees of the time before it was opened. */
const MAX_HOPS = 1_000;

/** The hops that messages take, sent to the pages that listen. Holds ids only, never the text of a message. */
export class TraceLog {
  readonly #hops: Hop[] = [];
  readonly #listeners = new Set<(hop: Hop) => void>();
  #count = 0;

  /** @param atMs time of the hop @default now */
  record(entries: readonly string[], step: HopStep, atMs = nowMs()): void {
    if (entries.length === 0) return;
    this.#count += 1;
    const hop: Hop = { id: this.#count, atMs, entries, step };
    this.#hops.push(hop);
    if (this.#hops.length > MAX_HOPS) this.#hops.shift();
    for (const listener of this.#listeners) listener(hop);
  }

  /** Calls the listener with the hops so far and then with each new one. Returns a function that ends this. */
  subscribe(listener: (hop: Hop) => void): () => void {
    for (const hop of this.#hops) listener(hop);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** `GET /local/hops`: server-sent events. */
  readonly handler: RequestHandler = async (request, response) => {
    if (request.method !== "GET" || request.url !== "/local/hops") return false;
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": hops\n\n");
    // A page that reconnects has seen the hops up to its last id, unless the cloud has been restarted since.
    const last = Number(request.headers["last-event-id"] ?? 0);
    const seen = last <= this.#count ? last : 0;
    const stop = this.subscribe((hop) => {
      if (hop.id > seen) response.write(`id: ${hop.id}\ndata: ${JSON.stringify(hop)}\n\n`);
    });
    response.on("close", stop);
    return true;
  };
}

/** Wall-clock time with the resolution of the monotonic clock. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
