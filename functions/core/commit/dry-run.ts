import type { Change, Conversation, ConversationLog, Segment } from "../../ports/conversation-log.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { type AppendDeps, appendFrames, type CommitResult } from "./append.ts";

/**
 * What `commit` would answer to a frame without appending anything: the decision it had, the places its entries have
 * in the log, or the refusal. Undefined: it is not in the log, and would be appended now.
 */
export async function dryRun(
  deps: AppendDeps,
  frame: PublishedFrame,
  signal: AbortSignal,
): Promise<CommitResult | undefined> {
  const { conversation } = frame;
  try {
    const log = new ReadOnlyLog(deps.log);
    // A frame without `seen` is looked for as far back as any is.
    const seen = frame.seen ?? "recent";
    const decided = await appendFrames({ ...deps, log }, conversation, [{ ...frame, seen }], signal);
    // A repeat's pushes are another frame's, but here they may be missing.
    const decisions = decided.decisions.map((decision) =>
      decision.origin === "repeated" ? { ...decision, origin: "decided" as const } : decision,
    );
    return { ...decided, decisions };
  } catch (error) {
    if (error instanceof WouldAppend) return undefined;
    throw error;
  }
}

class WouldAppend extends Error {}

/** Writes fail where they would on the real log, its place being taken; where they would succeed, that is the end. */
class ReadOnlyLog implements ConversationLog {
  readonly #log: ConversationLog;

  constructor(log: ConversationLog) {
    this.#log = log;
  }

  read(...args: Parameters<ConversationLog["read"]>): Promise<Conversation | undefined> {
    return this.#log.read(...args);
  }

  readForward(...args: Parameters<ConversationLog["readForward"]>) {
    return this.#log.readForward(...args);
  }

  readBackward(...args: Parameters<ConversationLog["readBackward"]>) {
    return this.#log.readBackward(...args);
  }

  members(...args: Parameters<ConversationLog["members"]>) {
    return this.#log.members(...args);
  }

  async append(conversation: string, { entries }: Segment, signal: AbortSignal): Promise<boolean> {
    return this.#wouldFail(conversation, entries[0]?.seq ?? 0, signal);
  }

  async change(conversation: string, { head, segment }: Change, signal: AbortSignal): Promise<boolean> {
    return this.#wouldFail(conversation, segment?.entries[0]?.seq ?? head.lastSeq + 1, signal);
  }

  async #wouldFail(conversation: string, seq: number, signal: AbortSignal): Promise<false> {
    const range = { fromSeq: seq, toSeq: seq, atBoundary: true };
    const { segments } = await this.#log.readForward(conversation, range, signal);
    if (segments.length === 0) throw new WouldAppend();
    return false;
  }

  mute(): Promise<boolean> {
    throw new WouldAppend();
  }

  advance(): Promise<boolean> {
    throw new WouldAppend();
  }
}
