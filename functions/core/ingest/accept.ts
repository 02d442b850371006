import {
  type AcceptedFrame,
  type AckFrame,
  type ClientFrame,
  type ErrorFrame,
  type RejectFrame,
  type ReplyFrame,
  type WireError,
  wireError,
} from "../../../protocol/index.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { EntriesTopic } from "../../ports/topics.ts";
import { type FrameBudgetDeps, readPaidFrame } from "../connections/frame-budget.ts";
import { directConversationId, groupConversationId } from "../log/conversation-id.ts";
import { frameId, type Request, subjectOf } from "../request.ts";
import { errorName } from "../shared/error-name.ts";
import type { Admission } from "./admission.ts";

/** Writes frames without the queue, where that is possible; see core/commit/direct.ts. */
export interface DirectAppend {
  /** Returns the answer, or undefined if the frame must go to the queue. Never throws. */
  write(frame: PublishedFrame, signal: AbortSignal): Promise<AckFrame | RejectFrame | ReplyFrame | undefined>;
}

/** Answer of `send` to a frame. `accepted`: the frame is in the queue, and `commit` answers it. */
export type SendAnswer = AckFrame | RejectFrame | ReplyFrame | AcceptedFrame | ErrorFrame;

export interface AcceptDeps extends FrameBudgetDeps {
  /** Undefined if every frame goes to the queue. */
  readonly direct: DirectAppend | undefined;
  readonly entries: EntriesTopic;
  readonly admission: Admission;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly metrics: Metrics;
}

/**
 * A lane drains in seconds; if it does not, its depth is read again by then. Spread, so that senders do not return at
 * once.
 */
const OVERLOADED_RETRY_MS = { least: 5_000, most: 10_000 };

/**
 * Validates a frame, stamps it, and writes or publishes it. Returns the answer; undefined if `commit` gives it and the
 * sender is not told so.
 */
export async function acceptFrame(
  deps: AcceptDeps,
  request: Request,
  signal: AbortSignal,
): Promise<SendAnswer | undefined> {
  const answer = await writeOrRefuse(deps, request, signal);
  if (answer?.type !== "error") deps.metrics.count("Accepted");
  else if (answer.error.code === "overloaded") deps.metrics.count("Overloaded");
  else deps.metrics.countBy("Rejected", answer.error.code);
  return answer;
}

async function writeOrRefuse(
  deps: AcceptDeps,
  request: Request,
  signal: AbortSignal,
): Promise<SendAnswer | undefined> {
  const frame = await readPaidFrame(deps, request, signal);
  if (frame.type === "error") return frame;
  const refusal = (error: WireError): ErrorFrame => ({ type: "error", error, ...subjectOf(frame) });
  // Other types have other routes. One arrives here only if API Gateway read the frame differently.
  if (!isPublished(frame)) return refusal(wireError("malformed"));

  const stamped = stamp(frame, request);
  const answer = await deps.direct?.write(stamped, signal);
  if (answer !== undefined) return answer;
  const refused = await publish(deps, stamped, refusal, signal);
  // Only the route of `send` has a response; another answer would be a post that tells nothing yet.
  const tells = deps.direct !== undefined && frame.type === "send";
  return refused ?? (tells ? acceptedFrame(stamped) : undefined);
}

/** Publishes a frame to the queue. Returns the refusal, if there is one. */
async function publish(
  deps: AcceptDeps,
  stamped: PublishedFrame,
  refusal: (error: WireError) => ErrorFrame,
  signal: AbortSignal,
): Promise<ErrorFrame | undefined> {
  const { admitted, done } = await deps.admission.admit(stamped.conversation);
  if (!admitted) {
    const { least, most } = OVERLOADED_RETRY_MS;
    const retryAfterMs = Math.round(least + deps.random() * (most - least));
    return refusal({ ...wireError("overloaded"), retryAfterMs });
  }
  try {
    await deps.entries.publish(stamped, signal);
    const { conversation, entries } = stamped;
    deps.logger.debug("accepted", { conversation, entries: entries.length });
    return undefined;
  } catch (error) {
    const { connection } = stamped.sender;
    deps.logger.error("a frame was not published", { connection, error: errorName(error) });
    return refusal(wireError("unavailable"));
  } finally {
    await done;
  }
}

function acceptedFrame({ conversation, entries }: PublishedFrame): AcceptedFrame {
  return { type: "accepted", conversation, ids: entries.map(({ id }) => id) };
}

type PublishableFrame = Extract<ClientFrame, { type: "send" | "create" | "block" | "unblock" }>;

function isPublished(frame: ClientFrame): frame is PublishableFrame {
  return ["send", "create", "block", "unblock"].includes(frame.type);
}

/** Adds sender, id and time, which are never taken from the client. */
function stamp(frame: PublishableFrame, request: Request): PublishedFrame {
  const { user, connection, receivedAtMs } = request;
  return {
    frame: frameId(request),
    sender: { user, connection },
    ...contentOf(frame, user),
    receivedAtMs,
  };
}

type Content = Omit<PublishedFrame, "frame" | "sender" | "receivedAtMs">;

function contentOf(frame: PublishableFrame, user: string): Content {
  switch (frame.type) {
    case "send": {
      const { entries, seen } = frame;
      const place =
        "to" in frame
          ? { conversation: directConversationId(user, frame.to.user), to: frame.to }
          : { conversation: frame.conversation };
      return { ...place, ...(seen !== undefined && { seen }), entries };
    }
    case "create": {
      const { id, title, history, members } = frame;
      const body = { title, history, members: members.filter((member) => member !== user) };
      return { conversation: groupConversationId(user, id), entries: [{ id, kind: "create", body }] };
    }
    case "block":
    case "unblock":
      return {
        conversation: directConversationId(user, frame.user),
        to: { user: frame.user },
        entries: [],
        control: { id: frame.id, type: frame.type },
      };
  }
}
