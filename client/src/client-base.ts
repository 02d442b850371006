import type { NewEntry, OlderEntries, Recipient } from "./api/entry.ts";
import type { ClientState } from "./api/events.ts";

/** What every client has, with views or without. */
export interface ClientBase extends AsyncDisposable {
  /** Whose client this is; undefined until the first token says so, unless the option `user` did. */
  readonly user: string | undefined;
  readonly state: ClientState;
  /** Starts, and goes on reconnecting until `close` or the server ends it. */
  connect(): void;
  /** Ends for good; there is no way back to this client. What waits to be sent is left to the next, given a storage. */
  close(): void;
  /** Closes, and forgets what is kept of this user. Resolves when it is gone; rejects with what the storage says. */
  signOut(): Promise<void>;
  /** Resolves when it holds. Rejects with a temporary error while offline. */
  block(user: string): Promise<void>;
  unblock(user: string): Promise<void>;
  /** What waits to be acknowledged, in order; of one conversation, or of all. */
  pending(recipient?: Recipient): readonly NewEntry[];
  /** The entries before those this device has got. Rejects with a temporary error while offline. */
  loadOlder(conversation: string, limit?: number): Promise<OlderEntries>;
}
