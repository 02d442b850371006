import type { Change, Conversation, ConversationLog, Segment } from "../../ports/conversation-log.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { type AppendDeps, appendFrames, type CommitResult } from "./append.ts";

/**
 * Returns the result that `commit` would have for a frame, without appending: its earlier outcome, the seqs of its
 * entries in the log, or the refusal. Undefined if the frame is not in the log and would be appended now.
 */
export async function dryRun(
  deps: AppendDeps,
  frame: PublishedFrame,
  signal: AbortSignal,
): Promise<CommitResult | undefined> {
  const { conversation } = frame;
  try {
    const log = new ReadOnlyLog(deps.log);
    // A frame without `seen` is searched for as far back as any frame is.
    const seen = frame.seen ?? "recent";
    const result = await appendFrames({ ...deps, log }, conversation, [{ ...frame, seen }], signal);
    // The pushes of a repeat belong to another frame, but here they may be missing.
    const decisions = result.decisions.map((decision) =>
      decision.origin === "repeated" ? { ...decision, origin: "decided" as const } : decision,
    );
    return { ...result, decisions };
  } catch (error) {
    if (error instanceof WouldAppend) return undefined;
    throw error;
  }
}

class WouldAppend extends Error {}

/** Reads the real log. A write whose seq is taken fails as on the real log; any other write ends the dry run. */
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
