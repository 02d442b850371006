/** An entry in the log of a conversation. */
export interface Entry {
  /** Sequence number: 1, 2, 3, … without holes. */
  readonly seq: number;
  readonly id: string;
  /** The author: a member, or a back end of the deployment. */
  readonly sender: string;
  /** `text`, `x.<name>`, another kind listed in docs/protocol.md ("Entry kinds"), or a kind of a newer server. */
  readonly kind: string;
  /** The current body: the newest one if the entry was edited, `null` if it was deleted. */
  readonly body: unknown;
  /** Time at which the server accepted it, in milliseconds since 1970. */
  readonly sentAtMs: number;
  readonly editedAtMs?: number | undefined;
  /** Sequence number of the edit that set the body. */
  readonly editSeq?: number | undefined;
  readonly deletedAtMs?: number | undefined;
  /** Users by reaction key, in the order in which they reacted. */
  readonly reactions?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** An entry that is not in the log yet. */
export interface NewEntry {
  readonly id: string;
  readonly kind: string;
  readonly body: unknown;
}

/** The newest entry of a conversation, shortened for a list. */
export interface Preview {
  readonly seq: number;
  readonly sender: string;
  readonly kind: string;
  /** Present for the kind `text`, unless the entry was deleted. */
  readonly text?: string | undefined;
  readonly sentAtMs: number;
}

export type Role = "member" | "admin" | "owner";

/** An error reported by the server. */
export interface ServerError {
  /** A code listed in docs/protocol.md ("Errors"), or a code of a newer server. */
  readonly code: string;
  readonly message: string;
  readonly temporary: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** The id of a conversation, or the user of a direct conversation. */
export type Recipient = string | { readonly user: string };

export interface OlderEntries {
  /** Ascending, ending just before the oldest entry this device had. */
  readonly entries: readonly Entry[];
  /** True if there are entries before these. */
  readonly more: boolean;
}
