import { Emitter, type Listener } from "./emitter.ts";
import { Engine } from "./engine.ts";
import type { NewEntry, OlderEntries, Recipient } from "./entry.ts";
import type { ClientState, CoreEvents, KnownConversation, ListenOptions } from "./events.ts";
import type { NewGroup } from "./new-group.ts";
import type { CoreOptions } from "./options.ts";
import type { Outgoing } from "./outgoing.ts";

/** A user's conversations on one device, kept in step with the server over whatever connections that takes. */
export interface CoreClient extends AsyncDisposable {
  /** Whose client this is; undefined until the first token says so, unless the option `user` did. */
  readonly user: string | undefined;
  readonly state: ClientState;
  /** Starts, and goes on reconnecting until `close` or the server ends it. */
  connect(): void;
  /** Ends for good; there is no way back to this client. What waits to be sent is left to the next, given a storage. */
  close(): void;
  /** Closes, and forgets what is kept of this user. Resolves when it is gone; rejects with what the storage says. */
  signOut(): Promise<void>;
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
  send(recipient: Recipient, content: string | Omit<NewEntry, "id">): Outgoing;
  /**
   * Resolves to the id of the group when there is one; rejects with a RefusedError, or ClosedError. Offline it waits
   * for the connection.
   */
  createGroup(group: NewGroup): Promise<string>;
  /** Resolves when it holds. Rejects with a temporary error while offline. */
  block(user: string): Promise<void>;
  unblock(user: string): Promise<void>;
  /** What waits to be acknowledged, in order; of one conversation, or of all. */
  pending(recipient?: Recipient): readonly NewEntry[];
  /** The entries before those this device has got. Rejects with a temporary error while offline. */
  loadOlder(conversation: string, limit?: number): Promise<OlderEntries>;
}

export function createClient(options: CoreOptions): CoreClient {
  const events = new Emitter<CoreEvents>();
  const known = ({ conversation, kind, peer, title }: KnownConversation) =>
    events.emit("conversation", { conversation, kind, peer, title });
  return new Engine(options, events, {
    synced: known,
    joined: known,
    begun: known,
    applied: (applied) => events.emit("entries", applied),
    reset: (reset) => events.emit("reset", reset),
  });
}
