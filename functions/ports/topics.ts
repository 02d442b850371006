import type { AckFrame, PresenceFrame, RejectFrame, ReplyFrame } from "../../protocol/index.ts";
import type { Head } from "./conversation-log.ts";
import type { ChatEvent } from "./events.ts";
import type { PublishedFrame } from "./published-frame.ts";

/**
 * The FIFO topic in front of the log. Once `publish` has returned, the frame is durable and reaches `commit` at least
 * once, in the order of its conversation. A publish that threw may have happened.
 */
export interface EntriesTopic {
  publish(frame: PublishedFrame, signal: AbortSignal): Promise<void>;
}

/** One connection of a user, as a target of pushes. */
export interface PushTarget {
  readonly user: string;
  readonly connection: string;
  /** Taken from its lease. Absent for a connection that has sent a frame, and so is known to be open. */
  readonly connectedAtMs?: number | undefined;
}

interface WithFrameIds {
  /** Ids of the frames this comes from, for the logs; absent if it comes from none. */
  readonly frames?: readonly string[] | undefined;
}

/**
 * Entries left to push to some connections. They are referenced and not copied: when they are pushed, each reader gets
 * what they may see then.
 */
export interface EntriesDelivery extends WithFrameIds {
  readonly type: "deliver.entries";
  readonly targets: readonly PushTarget[];
  readonly conversation: string;
  readonly epoch: number;
  /** Ascending. */
  readonly seqs: readonly number[];
  /** True if a `joined` is left, too, and goes first. */
  readonly joined?: boolean | undefined;
}

/** An answer left for one connection. */
export interface AnswerDelivery extends WithFrameIds {
  readonly type: "deliver.answer";
  readonly target: PushTarget;
  readonly frame: AckFrame | RejectFrame | ReplyFrame;
}

/** A change of presence left for one watcher. */
export interface NoticeDelivery extends WithFrameIds {
  readonly type: "deliver.notice";
  readonly target: PushTarget;
  readonly frame: PresenceFrame;
}

/** Entries left to push to one shard of the members of a large group. */
export interface ShardDelivery extends WithFrameIds {
  readonly type: "deliver.shard";
  readonly conversation: string;
  /** Head that the writer left. */
  readonly head: Pick<Head, "kind" | "title" | "epoch" | "lastSeq"> & Partial<Pick<Head, "membersVersion">>;
  /** Ascending. */
  readonly seqs: readonly number[];
  /** Range of member buckets, both inclusive. */
  readonly fromBucket: number;
  readonly toBucket: number;
  /** Members up to and including this one are done. */
  readonly after?: string | undefined;
  /** Members beyond this one are in another delivery. */
  readonly until?: string | undefined;
  /** Connections that already have some of the entries through their ack. */
  readonly acknowledged: readonly { readonly connection: string; readonly seqs: readonly number[] }[];
}

/** Where a user has read to, left to tell the others a second later: the cursors are those that the row has then. */
export interface ReceiptDelivery extends WithFrameIds {
  readonly type: "deliver.receipt";
  readonly user: string;
  readonly conversation: string;
  /** Connection that has sent the receipts, which gets none. */
  readonly connection: string;
}

/** A member who has spoken for the first time: the presence of people may now be told to more watchers. */
export interface FirstWordsDelivery extends WithFrameIds {
  readonly type: "deliver.first-words";
  readonly conversation: string;
  readonly user: string;
}

export type Delivery =
  | EntriesDelivery
  | AnswerDelivery
  | NoticeDelivery
  | ReceiptDelivery
  | ShardDelivery
  | FirstWordsDelivery;

/** Messages published behind the log: our own deliveries, and events for subscribers. */
export type Outbound = Delivery | ChatEvent;

/** An event that the topic refuses whenever it is published. */
export interface RefusedEvent {
  readonly event: ChatEvent;
  /** Error code, or size; never a text. */
  readonly reason: string;
}

/** The topic behind the log. A published message is durable and is delivered at least once, in any order. */
export interface OutboundTopic {
  publish(deliveries: readonly Delivery[], signal: AbortSignal): Promise<void>;

  /**
   * Publishes all events that the topic takes, and returns those that it refuses for good. Throws after that if one
   * failed for another reason: any of them may have been published.
   */
  announce(events: readonly ChatEvent[], signal: AbortSignal): Promise<readonly RefusedEvent[]>;
}
