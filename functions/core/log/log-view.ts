import type { Entry } from "../../../protocol/index.ts";
import type { ConversationLog, Head, SegmentPage } from "../../ports/conversation-log.ts";
import { isNewer } from "./head-version.ts";

/** Entries that are stored together: a segment, or the tail of the head. */
export interface LogPart {
  readonly entries: readonly Entry[];
  readonly expiresAtMs?: number | undefined;
}

/** Parts of a log, ascending. `complete` is false when the store's page ended before the range did. */
export interface LogPage {
  readonly segments: readonly LogPart[];
  readonly complete: boolean;
}

type LogHead = Pick<Head, "version" | "tail" | "tailFirst" | "lastSeq">;
type SegmentReads = Pick<ConversationLog, "readForward" | "readBackward">;

/**
 * The log of a conversation as it was when its head was read: the segments below the head's tail, and the tail. It
 * hides that the newest entries are in the head. A segment may show an entry as it was changed since.
 */
export class LogView {
  readonly head: LogHead;
  readonly #log: SegmentReads;
  readonly #conversation: string;
  #isOvertaken = false;

  constructor(log: SegmentReads, conversation: string, head: LogHead) {
    this.head = head;
    this.#log = log;
    this.#conversation = conversation;
  }

  /**
   * True if something that was read has been written after the head. Whoever is to see it may have been removed before
   * that, so their ranges must be read once more.
   */
  get isOvertaken(): boolean {
    return this.#isOvertaken;
  }

  /**
   * Reads the parts with entries of `fromSeq <= seq <= toSeq`; the first may begin earlier, the last end later. About
   * `maxSegments` parts, counted from `fromSeq`.
   */
  async readForward(
    { fromSeq, toSeq, maxSegments }: { fromSeq: number; toSeq: number; maxSegments?: number },
    signal: AbortSignal,
  ): Promise<LogPage> {
    const tail = this.#tail(fromSeq, toSeq);
    const lastStored = Math.min(toSeq, this.head.tailFirst - 1);
    if (fromSeq > lastStored) return { segments: tail, complete: true };
    const range = { fromSeq, toSeq: lastStored, ...(maxSegments !== undefined && { maxSegments }) };
    const page = this.#seen(await this.#log.readForward(this.#conversation, range, signal));
    return { ...page, segments: [...page.segments, ...(page.complete ? tail : [])] };
  }

  /** Like {@link readForward}, but counted back from `toSeq`. */
  async readBackward(
    { fromSeq, toSeq, maxSegments }: { fromSeq: number; toSeq: number; maxSegments: number },
    signal: AbortSignal,
  ): Promise<LogPage> {
    const tail = this.#tail(fromSeq, toSeq);
    const lastStored = Math.min(toSeq, this.head.tailFirst - 1);
    const isDone = fromSeq > lastStored;
    if (isDone || tail.length >= maxSegments) return { segments: tail, complete: isDone };
    const range = { fromSeq, toSeq: lastStored, maxSegments: maxSegments - tail.length };
    const page = this.#seen(await this.#log.readBackward(this.#conversation, range, signal));
    return { ...page, segments: [...page.segments, ...tail] };
  }

  #seen(page: SegmentPage): SegmentPage {
    this.#isOvertaken ||= page.segments.some(({ headVersion }) => isNewer(headVersion, this.head.version));
    return page;
  }

  #tail(fromSeq: number, toSeq: number): readonly LogPart[] {
    const { tail, tailFirst, lastSeq } = this.head;
    const isWithin = tail.length > 0 && fromSeq <= lastSeq && toSeq >= tailFirst;
    return isWithin ? [{ entries: tail }] : [];
  }
}
