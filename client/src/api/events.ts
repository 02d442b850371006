import type { Entry } from "./entry.ts";
import type { ClientError, RefusedError } from "./errors.ts";

/**
 * - `connecting`: dialling, or open and not yet in sync
 * - `online`: in sync; what is sent goes out at once
 * - `offline`: waiting to try again; what is sent is kept
 * - `ended`: closed for good
 */
export type ClientState = "connecting" | "online" | "offline" | "ended";

/** A conversation as the server names it. */
export interface KnownConversation {
  readonly conversation: string;
  /** `direct`, `group`, or a kind of a newer server. */
  readonly kind: string;
  /** The other side of a direct conversation. */
  readonly peer?: string | undefined;
  /** Of a group that has one. */
  readonly title?: string | undefined;
}

/** @typeParam Known what is told of a conversation */
export interface CoreEvents<Known extends KnownConversation = KnownConversation> {
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
  /**
   * New in the list of conversations, or changed there; without views, whenever the server tells of it. Comes before the
   * conversation's first `entries`.
   */
  conversation: Known;
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

export interface ListenOptions {
  /** Stops listening when it aborts. */
  readonly signal?: AbortSignal;
}
