import type { ServerResponse } from "node:http";
import * as v from "valibot";
import { frameTypeOf } from "../../wiring/entry-ids.ts";
import type { Fault, FaultState } from "../../wiring/hops.ts";
import { readBody } from "../http/read-body.ts";
import type { RequestHandler } from "../http/server.ts";

const MAX_BODY_BYTES = 1024;

const FaultRequest = v.variant("fault", [
  v.strictObject({ fault: v.literal("drop-sockets"), user: v.string() }),
  v.strictObject({ fault: v.literal("stop-gateway"), gateway: v.string() }),
  v.strictObject({ fault: v.literal("start-gateway"), gateway: v.string() }),
  v.strictObject({ fault: v.literal("crash-writer") }),
]);

interface BreakableGateway {
  readonly name: string;
  readonly url: string;
  readonly running: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Breakable {
  readonly gateways: readonly BreakableGateway[];
  dropSockets(user: string): void;
  /** Ends the busy workers of the functions that append. */
  crashWriters(): void;
}

/** Breaks parts of the cloud on request, to show that no message is lost. */
export class Faults {
  readonly #parts: Breakable;
  #writerWillCrash = false;

  constructor(parts: Breakable) {
    this.#parts = parts;
  }

  /** Returns true if this post must not be made: the fault has just crashed the function that was making it. */
  losesPost(text: string): boolean {
    if (!this.#isDue(text, ["ack", "entries"])) return false;
    this.#parts.crashWriters();
    return true;
  }

  /** Returns true if this answer must not be sent: its function crashes before it. */
  losesAnswer(text: string): boolean {
    return this.#isDue(text, ["ack"]);
  }

  #isDue(text: string, frameTypes: readonly string[]): boolean {
    if (!this.#writerWillCrash || !frameTypes.includes(frameTypeOf(text))) return false;
    this.#writerWillCrash = false;
    return true;
  }

  /** `/local/faults`: GET returns the state, POST breaks a part. */
  readonly handler: RequestHandler = async (request, response) => {
    if (request.url !== "/local/faults") return false;
    if (request.method === "GET") {
      answer(response, 200, this.#state());
    } else if (request.method === "POST") {
      const fault = readFault(await readBody(request, MAX_BODY_BYTES));
      if (fault === undefined) answer(response, 400, { message: "There is no such fault." });
      else if (await this.#break(fault)) answer(response, 200, this.#state());
      else answer(response, 404, { message: "There is no such gateway." });
    } else answer(response, 405, { message: "Use GET or POST." });
    return true;
  };

  async #break(request: Fault): Promise<boolean> {
    switch (request.fault) {
      case "drop-sockets":
        this.#parts.dropSockets(request.user);
        return true;
      case "crash-writer":
        this.#writerWillCrash = true;
        return true;
      default: {
        const gateway = this.#parts.gateways.find(({ name }) => name === request.gateway);
        if (request.fault === "start-gateway") await gateway?.start();
        else await gateway?.stop();
        return gateway !== undefined;
      }
    }
  }

  #state(): FaultState {
    return {
      gateways: this.#parts.gateways.map(({ name, url, running }) => ({ name, url, running })),
      writerWillCrash: this.#writerWillCrash,
    };
  }
}

function readFault(body: Buffer | undefined): Fault | undefined {
  try {
    const parsed = v.safeParse(FaultRequest, JSON.parse(body?.toString("utf8") ?? ""));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: FaultState | { message: string }): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}
