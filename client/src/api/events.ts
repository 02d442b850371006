import type { Entry } from "./entry.ts";
import type { ClientError, RefusedError } from "./errors.ts";

/**
 * - `connecting`: opening a connection, or syncing over it
 * - `online`: in sync; entries are sent at once
 * - `offline`: not connected yet, or waiting to reconnect; entries are queued
 * - `ended`: closed for good
 */
export type ClientState = "connecting" | "online" | "offline" | "ended";

/** The identity of a conversation, as the server reports it. */
export interface KnownConversation {
  readonly conversation: string;
  /** `direct`, `group`, or a kind of a newer server. */
  readonly kind: string;
  /** The other user of a direct conversation. */
  readonly peer?: string | undefined;
  /** Title of a group, if it has one. */
  readonly title?: string | undefined;
}

/** @typeParam Known payload of the event `conversation` */
export interface CoreEvents<Known extends KnownConversation = KnownConversation> {
  /** Emitted when the state changes. No event of any kind follows `ended`. */
  state: ClientState;
  /**
   * Emitted with the entries of one conversation, the user's own included: each seq once (since the last `reset`),
   * ascending, without holes. The first entry of a conversation may have a seq above 1; `loadOlder` loads earlier ones.
   */
  entries: { readonly conversation: string; readonly entries: readonly Entry[] };
  /** Emitted when an entry of this device is in the log: after its `entries`, unless those wait for missing ones. */
  acknowledged: Sent;
  /** Emitted when the server has refused an entry of this device. */
  rejected: { readonly id: string; readonly error: RefusedError };
  /**
   * Emitted when a conversation is new or its info has changed; without views, whenever the server mentions it. Comes
   * before the conversation's first `entries`.
   */
  conversation: Known;
  /** Emitted when the entries of a conversation must be discarded: the next ones begin after `seq`. */
  reset: { readonly conversation: string; readonly epoch: number; readonly seq: number };
  /** Emitted with the progress of a member, this user included. If two differ, the higher one counts. */
  receipt: {
    readonly conversation: string;
    readonly user: string;
    readonly readSeq?: number | undefined;
    readonly deliveredSeq?: number | undefined;
  };
  /** Emitted while a user types. Show it for about 6 s, or until an entry of theirs arrives. */
  typing: { readonly conversation: string; readonly user: string };
  /** Emitted for an error the application may want to show. The client continues unless `state` becomes `ended`. */
  error: ClientError;
}

export interface Sent {
  readonly id: string;
  readonly conversation: string;
  readonly seq: number;
  readonly sentAtMs: number;
}

export interface ListenOptions {
  /** Removes the listener when it aborts. */
  readonly signal?: AbortSignal;
}
