import type { SQSEvent } from "aws-lambda";
import { entryIdsOf, frameTypeOf } from "../../wiring/entry-ids.ts";
import type { PostResult } from "../gateway/api.ts";
import { nowMs, type TraceLog } from "./trace-log.ts";

type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

/** Where a connection is, and whose. */
export interface Whereabouts {
  readonly gateway: string;
  readonly user: string;
}

/** Notes the frames that routes hand to functions. */
export function watchingRoutes(
  hops: TraceLog,
  whereIs: (connectionId: string) => Whereabouts | undefined,
  invoke: Invoke,
): Invoke {
  return (name, event) => {
    const { body, requestContext } = event as {
      body?: string;
      requestContext?: { connectionId?: string };
    };
    const entries = entryIdsOf(body ?? "");
    const where = whereIs(requestContext?.connectionId ?? "");
    if (where !== undefined) hops.note(entries, { kind: "frame", ...where });
    return watching(hops, name, entries, () => invoke(name, event));
  };
}

/** Notes the records that a queue hands to a function. */
export function watchingQueue(hops: TraceLog, queue: string, invoke: Invoke): Invoke {
  return (name, event) => {
    const { Records } = event as SQSEvent;
    const all: string[] = [];
    for (const { body, attributes } of Records) {
      const entries = entryIdsOf(body);
      const receives = Number(attributes.ApproximateReceiveCount);
      if (receives === 1) hops.note(entries, { kind: "queued", queue }, Number(attributes.SentTimestamp));
      hops.note(entries, { kind: "received", queue, receives });
      all.push(...entries);
    }
    return watching(hops, name, all, () => invoke(name, event));
  };
}

/** Notes what is pushed to a connection. */
export function notePost(
  hops: TraceLog,
  where: Whereabouts | undefined,
  text: string,
  outcome: PostResult,
): void {
  const { gateway = "", user = "" } = where ?? {};
  hops.note(entryIdsOf(text), { kind: "posted", frame: frameTypeOf(text), gateway, user, outcome });
}

async function watching(
  hops: TraceLog,
  name: string,
  entries: readonly string[],
  run: () => Promise<unknown>,
): Promise<unknown> {
  const startedAtMs = nowMs();
  hops.note(entries, { kind: "started", function: name });
  const ended = (failure?: string) =>
    hops.note(entries, {
      kind: "ended",
      function: name,
      tookMs: nowMs() - startedAtMs,
      ...(failure !== undefined && { failure }),
    });
  try {
    const result = await run();
    ended();
    return result;
  } catch (error) {
    ended(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
