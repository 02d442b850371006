import type { ConversationLog, Segment } from "../../../functions/ports/conversation-log.ts";
import type { StoredConversation } from "./stored-conversation.ts";

/** Reads and writes of the doctor, all of them of one conversation. */
export interface HeadsStore {
  readonly log: Pick<ConversationLog, "change" | "mute">;
  /**
   * Reads a conversation as it was at one head, with the inbox rows of its members, of those the log names, and of these
   * users. Undefined if others write it so often that this is not possible.
   */
  read(conversation: string, users: readonly string[]): Promise<StoredConversation | undefined>;
  /** Reads the segment that begins with this entry. */
  segment(conversation: string, firstSeq: number): Promise<Segment | undefined>;
  /** Deletes a segment, if it still has the version. */
  deleteSegment(conversation: string, firstSeq: number, headVersion: string): Promise<void>;
}
