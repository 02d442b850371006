import type { Preview, Role } from "../api/entry.ts";
import type { CoreEvents } from "../api/events.ts";

/** The highest sequence numbers a member has read and received. */
export interface MemberReceipt {
  readonly user: string;
  readonly readSeq: number;
  readonly deliveredSeq: number;
}

/** Information about a conversation, for lists. */
export interface ConversationInfo {
  readonly conversation: string;
  /** `direct`, `group`, or a kind of a newer server. */
  readonly kind: string;
  /** The other user of a direct conversation. */
  readonly peer: string | undefined;
  /** Title of a group, if it has one. */
  readonly title: string | undefined;
  /** Role of this user in a group. */
  readonly role: Role | undefined;
  readonly memberCount: number | undefined;
  /** True if this user is no longer a member: no entries arrive, and none can be sent. */
  readonly left: boolean;
  /** The first seq this user can read. */
  readonly first: number;
  /** The highest seq this user has read, on any device. */
  readonly readSeq: number;
  /** Number of texts and `x.*` entries of others after `readSeq`; 100 means 100 or more. */
  readonly unread: number;
  readonly muted: boolean;
  /** True if this user has blocked the other one. */
  readonly blocking: boolean;
  /** Time for which entries are kept; undefined: for ever, or as the deployment is configured. */
  readonly retentionSeconds: number | undefined;
  /** Time for which entries stay visible to this user; undefined: as long as they are kept. */
  readonly keepSeconds: number | undefined;
  /** Receipts of the other members, in conversations of at most 32 members. */
  readonly receipts: readonly MemberReceipt[];
  /** The newest entry, shortened for a list. */
  readonly preview: Preview | undefined;
}

export type SentStatus = "sent" | "delivered" | "read";

export interface ClientEvents extends CoreEvents<ConversationInfo> {}
