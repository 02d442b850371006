import type { Preview, Role } from "../api/entry.ts";
import type { CoreEvents } from "../api/events.ts";

/** How far another member has come. */
export interface MemberReceipt {
  readonly user: string;
  readonly readSeq: number;
  readonly deliveredSeq: number;
}

/** A conversation as a list shows it. */
export interface ConversationInfo {
  readonly conversation: string;
  /** `direct`, `group`, or a kind of a newer server. */
  readonly kind: string;
  /** The other side of a direct conversation. */
  readonly peer: string | undefined;
  /** Of a group that has one. */
  readonly title: string | undefined;
  /** Own role in a group. */
  readonly role: Role | undefined;
  readonly memberCount: number | undefined;
  /** This user is a member no more: nothing comes, and nothing can be sent. */
  readonly left: boolean;
  /** The first seq this user can read. */
  readonly first: number;
  /** How far this user has read, on any device. */
  readonly readSeq: number;
  /** Others' texts and `x.*` entries after `readSeq`; 100: more than can be counted. */
  readonly unread: number;
  readonly muted: boolean;
  /** This user has blocked the other side. */
  readonly blocking: boolean;
  /** How long entries are kept, and how long this user keeps them in sight; undefined: for ever, or as configured. */
  readonly retentionSeconds: number | undefined;
  readonly keepSeconds: number | undefined;
  /** Of the other members, where there are at most 32 members. */
  readonly receipts: readonly MemberReceipt[];
  /** The newest entry, shortened for a list. */
  readonly preview: Preview | undefined;
}

export type SentStatus = "sent" | "delivered" | "read";

export interface ClientEvents extends CoreEvents<ConversationInfo> {}
