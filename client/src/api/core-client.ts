import type { ClientBase } from "../client-base.ts";
import { Engine } from "../engine.ts";
import type { NewGroup } from "../new-group.ts";
import type { Outgoing } from "../outbox/send-handle.ts";
import { Emitter, type Listener } from "../util/emitter.ts";
import type { NewEntry, Recipient } from "./entry.ts";
import type { CoreEvents, KnownConversation, ListenOptions } from "./events.ts";
import type { CoreOptions } from "./options.ts";

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
  send(recipient: Recipient, content: string | Omit<NewEntry, "id">): Outgoing;
  /**
   * Resolves to the id of the group when there is one; rejects with a RefusedError, or ClosedError. Offline it waits
   * for the connection.
   */
  createGroup(group: NewGroup): Promise<string>;
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
