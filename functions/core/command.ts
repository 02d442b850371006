import { type ClientFrame, type ServerFrame, type WireError, wireError } from "../../protocol/index.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import { type PingDeps, ping } from "./connections/ping.ts";
import { type PresenceQueryDeps, queryPresence } from "./presence/query.ts";
import { type HistoryDeps, history } from "./query/history.ts";
import { type MembersDeps, members, receipts } from "./query/members.ts";
import { type SyncDeps, sync } from "./query/sync.ts";
import { moveCursor, type ReceiptDeps } from "./receipts/move-cursor.ts";
import { type TypingDeps, typing } from "./receipts/typing.ts";
import { type Request, readFrame, subjectOf } from "./request.ts";
import { keep, mute, type SettingsDeps } from "./settings.ts";
import { errorName } from "./shared/error-name.ts";

export type CommandDeps = SyncDeps &
  HistoryDeps &
  MembersDeps &
  SettingsDeps &
  ReceiptDeps &
  TypingDeps &
  PresenceQueryDeps &
  PingDeps & { readonly logger: Log; readonly metrics: Metrics };

/** Answers one frame: at most one answer, whatever is in it. Undefined: there is nothing to say. */
export async function answerCommand(
  deps: CommandDeps,
  request: Request,
  signal: AbortSignal,
): Promise<ServerFrame | undefined> {
  const said = await answerOrFail(deps, request, signal);
  const error = said !== undefined && "error" in said ? said.error : undefined;
  if (error !== undefined) deps.metrics.countBy("Rejected", error.code);
  return said;
}

async function answerOrFail(
  deps: CommandDeps,
  request: Request,
  signal: AbortSignal,
): Promise<ServerFrame | undefined> {
  const frame = readFrame(request);
  if (frame.type === "error") return frame;
  try {
    return await answer(deps, request, frame, signal);
  } catch (error) {
    deps.logger.error("a command failed", {
      connection: request.connection,
      type: frame.type,
      error: errorName(error),
    });
    const failure = { error: wireError("unavailable") };
    return "id" in frame ? { type: "reply", id: frame.id, ...failure } : { type: "error", ...failure };
  }
}

async function answer(
  deps: CommandDeps,
  request: Request,
  frame: ClientFrame,
  signal: AbortSignal,
): Promise<ServerFrame | undefined> {
  const { user } = request;
  switch (frame.type) {
    case "ping":
      return ping(deps, request, signal);
    case "sync":
      return reply(frame, await sync(deps, user, frame, signal));
    case "history":
      return reply(frame, await history(deps, user, frame, signal));
    case "members":
      return reply(frame, await members(deps, user, frame, signal));
    case "receipts":
      return reply(frame, await receipts(deps, user, frame, signal));
    case "presence":
      return reply(frame, await queryPresence(deps, request, frame, signal));
    case "mute":
      return reply(frame, await mute(deps, user, frame, signal));
    case "keep":
      return reply(frame, await keep(deps, user, frame, signal));
    case "read":
    case "delivered":
      return moveCursor(deps, request, frame, signal);
    case "typing":
      return typing(deps, request, frame, signal);
    case "send":
    case "create":
    case "block":
    case "unblock":
      // They have routes of their own; here it can only be a frame API Gateway read differently.
      return { type: "error", error: wireError("malformed"), ...subjectOf(frame) };
    default:
      return frame satisfies never;
  }
}

function reply({ id }: { id: string }, result: object): ServerFrame {
  return isWireError(result) ? { type: "reply", id, error: result } : { type: "reply", id, result };
}

function isWireError(value: object): value is WireError {
  return "temporary" in value;
}
