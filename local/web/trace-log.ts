import type { Hop, HopStep } from "../../wiring/hops.ts";
import type { RequestHandler } from "../http/server.ts";

/** A page that is opened later sees so much of what was. */
const KEPT = 1_000;

/** The ways messages take, told to the pages that listen. Ids only: nothing of what was written. */
export class TraceLog {
  readonly #hops: Hop[] = [];
  readonly #listeners = new Set<(hop: Hop) => void>();
  #count = 0;

  /** @param atMs when, if not now */
  note(entries: readonly string[], step: HopStep, atMs = nowMs()): void {
    if (entries.length === 0) return;
    this.#count += 1;
    const hop: Hop = { id: this.#count, atMs, entries, step };
    this.#hops.push(hop);
    if (this.#hops.length > KEPT) this.#hops.shift();
    for (const listener of this.#listeners) listener(hop);
  }

  /** Those before, then all to come. Returns how to stop. */
  listen(listener: (hop: Hop) => void): () => void {
    for (const hop of this.#hops) listener(hop);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** `GET /local/hops`: server-sent events. */
  readonly handler: RequestHandler = async (request, response) => {
    if (request.method !== "GET" || request.url !== "/local/hops") return false;
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": hops\n\n");
    // A page that comes back knows what it has seen, unless this cloud is another.
    const last = Number(request.headers["last-event-id"] ?? 0);
    const seen = last <= this.#count ? last : 0;
    const stop = this.listen((hop) => {
      if (hop.id > seen) response.write(`id: ${hop.id}\ndata: ${JSON.stringify(hop)}\n\n`);
    });
    response.on("close", stop);
    return true;
  };
}

/** The wall clock with the resolution of the monotonic one. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
