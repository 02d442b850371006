/** An entry as it stands in the log of a conversation. */
export interface Entry {
  /** 1, 2, 3, … without holes. */
  readonly seq: number;
  readonly id: string;
  /** Who wrote it: a member, or a back end of the deployment. */
  readonly sender: string;
  /** `text`, `x.<name>`, or another of docs/protocol.md ("Entry kinds"), or one of a newer server. */
  readonly kind: string;
  /** As it is now: of an entry that was edited the newest, of one that was deleted `null`. */
  readonly body: unknown;
  /** When the server accepted it, in milliseconds since 1970. */
  readonly sentAtMs: number;
  readonly editedAtMs?: number | undefined;
  /** The seq of the edit it has its body from. */
  readonly editSeq?: number | undefined;
  readonly deletedAtMs?: number | undefined;
  /** By key, the users who reacted so, in that order. */
  readonly reactions?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** An entry on its way to the log. */
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
  /** Of kind `text`, unless it was deleted. */
  readonly text?: string | undefined;
  readonly sentAtMs: number;
}

export type Role = "member" | "admin" | "owner";

/** An error as the server tells it. */
export interface ServerError {
  /** One of docs/protocol.md ("Errors"), or a code of a newer server. */
  readonly code: string;
  readonly message: string;
  readonly temporary: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** A conversation by its id, or the direct conversation with a user. */
export type Recipient = string | { readonly user: string };

export interface OlderEntries {
  /** Ascending; they end where this device's entries began. */
  readonly entries: readonly Entry[];
  /** Is there anything before them? */
  readonly more: boolean;
}
