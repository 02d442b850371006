import { isSolitary, LIMITS } from "../../../protocol/index.ts";
import type { Conversation } from "../../ports/conversation-log.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { publishApart, unpublished } from "../delivery/publish.ts";
import { pushAll } from "../delivery/push.ts";
import { errorName } from "../shared/error-name.ts";
import { CLOCK_SKEW_MS, RecentMap } from "../shared/rate-limit.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import { answersOf, type CommitDeps, push } from "./acknowledge-and-push.ts";
import { appendFrames, type CommitResult } from "./append.ts";
import { paceLeft, QUEUE_BUSY_MS } from "./plan.ts";
import { type Answer, refusedCodes, seqsOf } from "./replies.ts";

/** Time for the append; what takes longer is left to the queue. */
const APPEND_BUDGET_MS = 1_500;
/** Time for the pushes; `deliver` makes those that are left. */
const PUSH_BUDGET_MS = 100;
const MAX_ATTEMPTS = 2;
/** Time for which a conversation that is too large is not read again to find that out. */
const LARGE_MS = 60_000;
/** The same for one with too many writes; the queue notes in the head how long it is busy with one. */
const BUSY_MS = 1_000;
const MAX_CONVERSATIONS = 10_000;

/**
 * Appends frames in the function that has received them, and pushes their entries before it answers: nobody would
 * finish the pushes of a writer that died after its answer. What it cannot do at once is left to the queue.
 */
export class DirectWriter {
  readonly #deps: CommitDeps;
  /** Conversations left to the queue, and until when. */
  readonly #queued = new RecentMap<number>(MAX_CONVERSATIONS);

  constructor(deps: CommitDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the answer to a frame whose entries are durable and pushed, or that is refused. Undefined if the frame must
   * go to the queue: it was not written, or it is not known whether it was. Never throws.
   */
  async write(frame: PublishedFrame, signal: AbortSignal): Promise<Answer | undefined> {
    const { conversation } = frame;
    if (!isDirect(frame) || (this.#queued.get(conversation) ?? 0) > this.#deps.now()) return undefined;
    try {
      const result = await this.#append(frame, withTimeout(APPEND_BUDGET_MS, signal));
      return result && (await this.#pushAndAnswer(conversation, result, signal));
    } catch (error) {
      this.#deps.logger.warn("a frame was left to the queue", { conversation, error: errorName(error) });
      this.#deps.recent?.forget(conversation);
      return undefined;
    }
  }

  async #append(frame: PublishedFrame, signal: AbortSignal): Promise<CommitResult | undefined> {
    const declines = (view: Conversation | undefined) => this.#declines(frame.conversation, view);
    const options = { source: "direct", maxAttempts: MAX_ATTEMPTS, declines } as const;
    return appendFrames(this.#deps, frame.conversation, [frame], options, signal);
  }

  /** True for a conversation that a queue serves better, and for one that does not exist yet. */
  #declines(conversation: string, view: Conversation | undefined): boolean {
    if (view === undefined || view.head.lastSeq === 0) return true;
    const { memberCount, queuedUntilMs = 0, bucket } = view.head;
    const nowMs = this.#deps.now();
    const isLarge = !view.complete || memberCount > LIMITS.chattyMembers;
    const isFast = paceLeft(bucket, nowMs) < 1;
    // A batch written by a clock that was ahead does not send the conversation to the queue until that time.
    const isWrong = queuedUntilMs - nowMs > QUEUE_BUSY_MS + CLOCK_SKEW_MS;
    const busyUntilMs = isWrong ? 0 : queuedUntilMs;
    const untilMs = Math.max(busyUntilMs, isLarge ? nowMs + LARGE_MS : 0, isFast ? nowMs + BUSY_MS : 0);
    if (untilMs > nowMs) this.#queued.set(conversation, untilMs);
    return untilMs > nowMs;
  }

  async #pushAndAnswer(
    conversation: string,
    result: CommitResult,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const [decision] = result.decisions;
    if (decision === undefined) return undefined;
    const { logger, metrics } = this.#deps;
    await result.entries?.readSeqs(seqsOf(decision), signal);
    const left = await push(this.#deps, conversation, result, PUSH_BUDGET_MS, signal);
    const [answer, ...more] = answersOf(this.#deps, conversation, result, decision);
    const eventCount = await publishApart(this.#deps, left, signal);
    await this.#confirmAnnounced(conversation, result, eventCount > 0, signal);
    // The route has one response; further answers, of a frame that was refused in part, are posted.
    const { user, connection } = decision.frame.sender;
    if (more.length > 0 && connection !== undefined) {
      const target = { user, connection };
      const pushes = more.map((frame) => ({
        frame,
        delivery: { type: "deliver.answer" as const, target, frame },
      }));
      const unposted = await pushAll(this.#deps, [{ target, pushes }], withTimeout(PUSH_BUDGET_MS, signal));
      await publishApart(this.#deps, unpublished(unposted), signal);
    }
    for (const code of refusedCodes(decision)) metrics.countBy("Rejected", code);
    logger.debug("written directly", { conversation });
    return answer;
  }

  /** Notes that the events are published. If nobody notes it, the next writer publishes them again. */
  async #confirmAnnounced(
    conversation: string,
    { view, decisions }: CommitResult,
    hasEvents: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    if (view === undefined || !decisions.some(({ origin }) => origin === "appended")) return;
    const { lastSeq } = view.head;
    this.#deps.recent?.announced(conversation, lastSeq);
    if (!hasEvents) return;
    try {
      await this.#deps.log.announced(conversation, lastSeq, signal);
    } catch (error) {
      this.#deps.logger.warn("events may be published twice", { conversation, error: errorName(error) });
    }
  }
}

/** True for a frame of content from a client that says what it has seen, so that it can be recognised if it comes again. */
function isDirect({ entries, seen, control, system }: PublishedFrame): boolean {
  if (control !== undefined || system === true || seen === undefined) return false;
  return entries.every(({ kind }) => !isSolitary(kind));
}
