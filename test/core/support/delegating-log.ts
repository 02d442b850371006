import type {
  Conversation,
  ConversationLog,
  Head,
  WriteResult,
} from "../../../functions/ports/conversation-log.ts";

/** Passes every call on to another log. Subclasses change some. */
export class DelegatingLog implements ConversationLog {
  readonly inner: ConversationLog;

  constructor(inner: ConversationLog) {
    this.inner = inner;
  }

  read(...args: Parameters<ConversationLog["read"]>): Promise<Conversation | undefined> {
    return this.inner.read(...args);
  }

  members(...args: Parameters<ConversationLog["members"]>) {
    return this.inner.members(...args);
  }

  readForward(...args: Parameters<ConversationLog["readForward"]>) {
    return this.inner.readForward(...args);
  }

  readBackward(...args: Parameters<ConversationLog["readBackward"]>) {
    return this.inner.readBackward(...args);
  }

  flush(...args: Parameters<ConversationLog["flush"]>): Promise<number | undefined> {
    return this.inner.flush(...args);
  }

  storedBytes(conversation: string, head: Head): number {
    return this.inner.storedBytes(conversation, head);
  }

  update(...args: Parameters<ConversationLog["update"]>): Promise<WriteResult> {
    return this.inner.update(...args);
  }

  change(...args: Parameters<ConversationLog["change"]>): Promise<WriteResult> {
    return this.inner.change(...args);
  }

  announced(...args: Parameters<ConversationLog["announced"]>): Promise<void> {
    return this.inner.announced(...args);
  }

  mute(...args: Parameters<ConversationLog["mute"]>): Promise<boolean> {
    return this.inner.mute(...args);
  }
}
