import type { SQSEvent } from "aws-lambda";
import { entryIdsOf, frameTypeOf } from "../../wiring/entry-ids.ts";
import type { Invoke, PostResult } from "../gateway/api.ts";
import { nowMs, type TraceLog } from "./trace-log.ts";

/** The gateway and the user of a connection. */
export interface ConnectionOwner {
  readonly gateway: string;
  readonly user: string;
}

/** Returns the text that a function answers on its route; empty if it does not. */
export function bodyOf(result: unknown): string {
  const { body } = (result ?? {}) as { body?: unknown };
  return typeof body === "string" ? body : "";
}

/** Records the frames that routes pass to functions, and the answers. */
export function traceRoutes(
  trace: TraceLog,
  ownerOf: (connectionId: string) => ConnectionOwner | undefined,
  invoke: Invoke,
): Invoke {
  return async (name, event) => {
    const { body, requestContext } = event as {
      body?: string;
      requestContext?: { connectionId?: string };
    };
    const entries = entryIdsOf(body ?? "");
    const owner = ownerOf(requestContext?.connectionId ?? "");
    if (owner !== undefined) trace.record(entries, { kind: "frame", ...owner });
    const result = await traceInvocation(trace, name, entries, () => invoke(name, event));
    const answer = bodyOf(result);
    if (answer !== "") tracePost(trace, owner, answer, "sent");
    return result;
  };
}

/** Records the messages that a queue passes to a function. */
export function traceQueue(trace: TraceLog, queue: string, invoke: Invoke): Invoke {
  return (name, event) => {
    const { Records } = event as SQSEvent;
    const all: string[] = [];
    for (const { body, attributes } of Records) {
      const entries = entryIdsOf(body);
      const receives = Number(attributes.ApproximateReceiveCount);
      if (receives === 1) trace.record(entries, { kind: "queued", queue }, Number(attributes.SentTimestamp));
      trace.record(entries, { kind: "received", queue, receives });
      all.push(...entries);
    }
    return traceInvocation(trace, name, all, () => invoke(name, event));
  };
}

/** Records the frames that are sent to a connection. */
export function tracePost(
  trace: TraceLog,
  owner: ConnectionOwner | undefined,
  text: string,
  outcome: PostResult,
): void {
  const { gateway = "", user = "" } = owner ?? {};
  trace.record(entryIdsOf(text), { kind: "posted", frame: frameTypeOf(text), gateway, user, outcome });
}

async function traceInvocation(
  trace: TraceLog,
  name: string,
  entries: readonly string[],
  run: () => Promise<unknown>,
): Promise<unknown> {
  const startedAtMs = nowMs();
  trace.record(entries, { kind: "started", function: name });
  const ended = (failure?: string) =>
    trace.record(entries, {
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
