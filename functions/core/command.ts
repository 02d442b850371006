import {
  type ClientFrame,
  type CommandFrame,
  type CommandResult,
  type CommandType,
  type ServerFrame,
  type WireError,
  wireError,
} from "../../protocol/index.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import { type FrameBudgetDeps, readPaidFrame, refusalForRate } from "./connections/frame-budget.ts";
import { syncedPrice } from "./connections/frame-prices.ts";
import { type PingDeps, ping } from "./connections/ping.ts";
import { type PresenceQueryDeps, queryPresence } from "./presence/query.ts";
import { type HistoryDeps, history } from "./query/history.ts";
import { type MembersDeps, members, receipts } from "./query/members.ts";
import { type SyncDeps, sync } from "./query/sync.ts";
import { moveCursor, type ReceiptDeps } from "./receipts/move-cursor.ts";
import { type TypingDeps, typing } from "./receipts/typing.ts";
import { type Request, subjectOf } from "./request.ts";
import { forget, keep, mute, type SettingsDeps } from "./settings.ts";
import { errorName } from "./shared/error-name.ts";
import type { Buckets } from "./shared/rate-limit.ts";

export type CommandDeps = SyncDeps &
  HistoryDeps &
  MembersDeps &
  SettingsDeps &
  ReceiptDeps &
  TypingDeps &
  PresenceQueryDeps &
  PingDeps &
  FrameBudgetDeps & {
    /** Watches that a connection may begin or replace. */
    readonly watchRate: Buckets;
    readonly logger: Log;
    readonly metrics: Metrics;
  };

/** The result of a command, or the error its sender gets instead. */
type Handler<T extends CommandType> = (
  deps: CommandDeps,
  request: Request,
  frame: CommandFrame<T>,
  signal: AbortSignal,
) => Promise<CommandResult<T> | WireError>;

/** One handler for each command of the protocol. Its route is in `ROUTES` of wiring/manifest.ts. */
const COMMAND_HANDLERS: { readonly [T in CommandType]: Handler<T> } = {
  sync: async (deps, { user, connection }, frame, signal) => {
    const result = await sync(deps, user, frame, signal);
    deps.budgets.charge(connection, syncedPrice(frame, result), deps.now());
    return result;
  },
  history: (deps, { user }, frame, signal) => history(deps, user, frame, signal),
  members: (deps, { user }, frame, signal) => members(deps, user, frame, signal),
  receipts: (deps, { user }, frame, signal) => receipts(deps, user, frame, signal),
  presence: async (deps, request, frame, signal) => {
    const { connection, user } = request;
    const isWatch = frame.watch !== undefined;
    const retryAfterMs = isWatch ? deps.watchRate.take(connection, 1, deps.now()) : undefined;
    if (retryAfterMs !== undefined) return refusalForRate(deps, user, retryAfterMs, signal);
    return queryPresence(deps, request, frame, signal);
  },
  mute: (deps, { user }, frame, signal) => mute(deps, user, frame, signal),
  keep: (deps, { user }, frame, signal) => keep(deps, user, frame, signal),
  forget: (deps, { user }, frame, signal) => forget(deps, user, frame, signal),
};

/** Answers one frame: at most one answer, whatever it holds. Undefined: the frame needs none. */
export async function answerCommand(
  deps: CommandDeps,
  request: Request,
  signal: AbortSignal,
): Promise<ServerFrame | undefined> {
  const answer = await answerOrFail(deps, request, signal);
  const error = answer !== undefined && "error" in answer ? answer.error : undefined;
  if (error !== undefined) deps.metrics.countBy("Rejected", error.code);
  return answer;
}

async function answerOrFail(
  deps: CommandDeps,
  request: Request,
  signal: AbortSignal,
): Promise<ServerFrame | undefined> {
  const frame = await readPaidFrame(deps, request, signal);
  if (frame.type === "error") return frame;
  try {
    return await answerFrame(deps, request, frame, signal);
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

async function answerFrame(
  deps: CommandDeps,
  request: Request,
  frame: ClientFrame,
  signal: AbortSignal,
): Promise<ServerFrame | undefined> {
  switch (frame.type) {
    case "ping":
      return ping(deps, request, signal);
    case "read":
    case "delivered":
      return moveCursor(deps, request, frame, signal);
    case "typing":
      return typing(deps, request, frame, signal);
    case "send":
    case "create":
    case "block":
    case "unblock":
      // These have routes of their own. One arrives here only if API Gateway read the frame differently.
      return { type: "error", error: wireError("malformed"), ...subjectOf(frame) };
    default:
      return reply(deps, request, frame, signal);
  }
}

async function reply<T extends CommandType>(
  deps: CommandDeps,
  request: Request,
  frame: CommandFrame<T> & { readonly type: T; readonly id: string },
  signal: AbortSignal,
): Promise<ServerFrame> {
  const { type, id } = frame;
  const result = await COMMAND_HANDLERS[type](deps, request, frame, signal);
  return isWireError(result) ? { type: "reply", id, error: result } : { type: "reply", id, result };
}

function isWireError(value: object): value is WireError {
  return "temporary" in value;
}
