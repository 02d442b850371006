import type { Conversation, ConversationLog, Head, WriteResult } from "../../ports/conversation-log.ts";
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
    const options = { source: "queue", maxAttempts: 1 } as const;
    const result = await appendFrames({ ...deps, log }, conversation, [{ ...frame, seen }], options, signal);
    if (result === undefined) return undefined;
    // However old the entries of a repeat are, here their pushes may be missing.
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

/** Reads the real log. A write that would append ends the dry run; any other is taken for done. */
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

  storedBytes(...args: Parameters<ConversationLog["storedBytes"]>): number {
    return this.#log.storedBytes(...args);
  }

  /** A repeat changes only the tokens of the head. */
  async update(_: string, before: Head, after: Head): Promise<WriteResult> {
    if (after.lastSeq > before.lastSeq) throw new WouldAppend();
    return { done: true };
  }

  async announced(): Promise<void> {}

  flush(): Promise<number | undefined> {
    throw new WouldAppend();
  }

  change(): Promise<WriteResult> {
    throw new WouldAppend();
  }

  mute(): Promise<boolean> {
    throw new WouldAppend();
  }
}
