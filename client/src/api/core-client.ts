import type { Listener } from "../util/emitter.ts";
import type { NewEntry, OlderEntries, Recipient } from "./entry.ts";
import type { ClientState, CoreEvents, ListenOptions, Sent } from "./events.ts";

/** A user's conversations on one device, kept in step with the server over whatever connections that takes. */
export interface CoreClient extends ClientBase {
  /** Returns how to stop listening. */
  on<K extends keyof CoreEvents>(
    event: K,
    listener: Listener<CoreEvents[K]>,
    options?: ListenOptions,
  ): () => void;
  /**
   * Goes to the log in the order of the calls, now or when there is a connection: a text, or an entry of any kind of
   * docs/protocol.md ("Entry kinds"). Throws ProtocolError for what is empty, too large or no JSON.
   */
  send(recipient: Recipient, content: string | Omit<NewEntry, "id">): SendHandle;
  /**
   * Resolves to the id of the group when there is one; rejects with a RefusedError, or ClosedError. Offline it waits
   * for the connection.
   */
  createGroup(group: NewGroup): Promise<string>;
}

/** One entry from `send` to its end. */
export interface SendHandle {
  /** The entry's id, in the log as in every event about it. */
  readonly id: string;
  /**
   * Resolves when the entry is in the log. Rejects with the RefusedError of `rejected`, or with ClosedError if the
   * client ends before the answer came. Ignoring it is fine: the events tell the same.
   */
  readonly done: Promise<Sent>;
  /** The entry's place in the log; as `done`. */
  readonly seq: Promise<number>;
}

export interface NewGroup {
  /** 1-100 characters. @default none */
  readonly title?: string;
  /** At most 40, besides this user; more can be added later. */
  readonly members?: readonly string[];
  /** What newcomers may read: from joining on, or everything. It cannot be changed. @default "joined" */
  readonly history?: "joined" | "all";
}

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
