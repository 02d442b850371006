import type { AckFrame, JoinedFrame, PresenceFrame, RejectFrame, ReplyFrame } from "../../protocol/index.ts";
import type { Head } from "./conversation-log.ts";
import type { ChatEvent } from "./events.ts";
import type { PublishedFrame } from "./published-frame.ts";

/**
 * The FIFO topic in front of the log. A frame whose publish returned is durable and will be handed to
 * `commit` in the order of its conversation, at least once; a publish that threw may have happened.
 */
export interface EntriesTopic {
  publish(frame: PublishedFrame, signal: AbortSignal): Promise<void>;
}

/** One connection of a user, as far as pushing to it goes. */
export interface PushTarget {
  readonly user: string;
  readonly connection: string;
  /** From its lease; unknown of a connection that has sent a frame, and so is known to be open. */
  readonly connectedAtMs?: number | undefined;
}

interface WithFrameIds {
  /** Ids of the frames this comes from, for the logs; absent if it comes from none. */
  readonly frames?: readonly string[] | undefined;
}

/** What is left to push to one connection. Entries are named, not carried: the log may redact them meanwhile. */
export type ConnectionDelivery = WithFrameIds & { readonly target: PushTarget } & (
    | {
        readonly type: "deliver.entries";
        readonly conversation: string;
        readonly epoch: number;
        /** Ascending. */
        readonly seqs: readonly number[];
      }
    | {
        readonly type: "deliver.answer";
        readonly frame: AckFrame | RejectFrame | ReplyFrame | JoinedFrame | PresenceFrame;
      }
  );

/** Entries that are left to push to a part of the members of a large group. */
export interface ShardDelivery extends WithFrameIds {
  readonly type: "deliver.shard";
  readonly conversation: string;
  readonly head: Pick<Head, "kind" | "title" | "epoch" | "lastSeq">;
  /** Ascending. */
  readonly seqs: readonly number[];
  /** Of the members, inclusive. */
  readonly fromBucket: number;
  readonly toBucket: number;
  /** Members up to this one are done already. */
  readonly after?: string | undefined;
  /** Connections that have some of the entries by their ack. */
  readonly acknowledged: readonly { readonly connection: string; readonly seqs: readonly number[] }[];
}

export type Delivery = ConnectionDelivery | ShardDelivery;

/** What is published behind the log: work of ours, and what others subscribe to. */
export type Outbound = Delivery | ChatEvent;

/** The topic behind the log. What was published is durable and is delivered at least once, in any order. */
export interface OutboundTopic {
  publish(messages: readonly Outbound[], signal: AbortSignal): Promise<void>;
}
