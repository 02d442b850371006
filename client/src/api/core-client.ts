/// <reference lib="esnext.disposable" preserve="true" />
import type { Listener } from "../util/emitter.ts";
import type { NewEntry, OlderEntries, Recipient } from "./entry.ts";
import type { ClientState, CoreEvents, ListenOptions, Sent } from "./events.ts";

/** A user's conversations on one device, kept in sync with the server across reconnects. */
export interface CoreClient extends ClientBase {
  /** Returns a function that stops listening. */
  on<K extends keyof CoreEvents>(
    event: K,
    listener: Listener<CoreEvents[K]>,
    options?: ListenOptions,
  ): () => void;
  /**
   * Sends a text, or an entry of any kind listed in docs/protocol.md ("Entry kinds"): now, or once there is a
   * connection. Entries reach the log in the order of the calls. Throws ProtocolError if the content is empty, too
   * large, not JSON, or has half a character (an unpaired surrogate).
   */
  send(recipient: Recipient, content: string | Omit<NewEntry, "id">): SendHandle;
  /**
   * Resolves to the id of the group once it exists; rejects with RefusedError or ClosedError. While offline, waits for
   * a connection.
   */
  createGroup(group: NewGroup): Promise<string>;
}

/** An entry that was sent, until it is in the log or refused. */
export interface SendHandle {
  /** Id of the entry, both in the log and in every event about it. */
  readonly id: string;
  /**
   * Resolves when the entry is in the log. Rejects with the RefusedError of the event `rejected`, or with ClosedError
   * if the client ends before the server has answered. It may be ignored: the events say the same.
   */
  readonly done: Promise<Sent>;
  /** Resolves to the entry's sequence number in the log, and rejects as `done` does. */
  readonly seq: Promise<number>;
  /**
   * Resolves when a reload does not lose the entry any more: it is in the storage, or in the log. Until then a user
   * interface keeps the text. Never rejects.
   */
  readonly stored: Promise<void>;
}

export interface NewGroup {
  /** 1-100 characters. @default none */
  readonly title?: string;
  /** At most 40 users besides this one; more can be added later. */
  readonly members?: readonly string[];
  /** Entries that newcomers may read: those since they joined, or all. It cannot be changed later. @default "joined" */
  readonly history?: "joined" | "all";
}

/** The part that clients with and without views have in common. */
export interface ClientBase extends AsyncDisposable {
  /** The signed-in user; undefined until the first token names them, unless the option `user` was given. */
  readonly user: string | undefined;
  readonly state: ClientState;
  /**
   * Connects, and reconnects until `close` is called or the server ends the client. Throws ClosedError after that. Called
   * again, tries at once instead of waiting, and pings an open connection.
   */
  connect(): void;
  /** Ends this client for good. With a storage, unsent entries are left to the next client. */
  close(): void;
  /**
   * Closes the client and deletes everything stored for this user. Rejects with StorageError if the storage fails, or
   * does not answer in time; in that case everything is deleted when it does.
   */
  signOut(): Promise<void>;
  /** Resolves when the block is in force. Rejects with a temporary error while offline. */
  block(user: string): Promise<void>;
  unblock(user: string): Promise<void>;
  /** Entries that are not acknowledged yet, in order: of one conversation, or of all. */
  pending(recipient?: Recipient): readonly NewEntry[];
  /** Loads the entries before the oldest one on this device. Rejects with a temporary error while offline. */
  loadOlder(conversation: string, limit?: number): Promise<OlderEntries>;
}
