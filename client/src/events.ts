import type { ConversationInfo } from "./conversation-info.ts";
import type { Entry } from "./entry.ts";
import type { ClientError, RefusedError } from "./errors.ts";

/**
 * - `connecting`: dialling, or open and not yet in sync
 * - `online`: in sync; what is sent goes out at once
 * - `offline`: waiting to try again; what is sent is kept
 * - `ended`: closed for good
 */
export type ClientState = "connecting" | "online" | "offline" | "ended";

export interface ClientEvents {
  /** Nothing of any kind is emitted after `ended`. */
  state: ClientState;
  /**
   * Entries of one conversation, own ones included: each seq once (since the last `reset`), ascending, without
   * holes. The first of a conversation may have a seq above 1; `loadOlder` has the ones before.
   */
  entries: { readonly conversation: string; readonly entries: readonly Entry[] };
  /** An entry of this device is in the log. Comes after its `entries`, unless those wait behind a hole. */
  acknowledged: Sent;
  /** An entry of this device will not be in the log. */
  rejected: { readonly id: string; readonly error: RefusedError };
  /** New in the list of conversations, or changed there. Comes before the conversation's first `entries`. */
  conversation: ConversationInfo;
  /** Forget the entries of this conversation: what comes next begins after `seq`. */
  reset: { readonly conversation: string; readonly epoch: number; readonly seq: number };
  /** How far a member has come, this user included; of two the higher counts. */
  receipt: {
    readonly conversation: string;
    readonly user: string;
    readonly readSeq?: number | undefined;
    readonly deliveredSeq?: number | undefined;
  };
  /** Somebody types; to be shown for about 6 s, or until an entry of theirs comes. */
  typing: { readonly conversation: string; readonly user: string };
  /** Something went wrong that the application may want to tell; the client goes on unless `state` says `ended`. */
  error: ClientError;
}

export interface Sent {
  readonly id: string;
  readonly conversation: string;
  readonly seq: number;
  readonly sentAtMs: number;
}
