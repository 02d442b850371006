/** The client of Parley without views: for bots, bridges and applications with a store of their own. */

import type { CoreClient } from "./api/core-client.ts";
import type { CoreEvents, KnownConversation } from "./api/events.ts";
import type { CoreOptions } from "./api/options.ts";
import { Engine } from "./engine.ts";
import { Emitter } from "./util/emitter.ts";

export { type Clock, systemClock } from "./api/clock.ts";
export type { CoreClient, NewGroup, SendHandle } from "./api/core-client.ts";
export type { Entry, NewEntry, OlderEntries, Recipient, ServerError } from "./api/entry.ts";
export * from "./api/errors.ts";
export type { ClientState, CoreEvents, KnownConversation, ListenOptions, Sent } from "./api/events.ts";
export {
  type BackoffBounds,
  type CoreOptions,
  DEFAULT_TIMINGS,
  type Timings,
  type Token,
} from "./api/options.ts";
export type { ClientStorage } from "./api/storage.ts";
export type { Socket, Transport, TransportListener } from "./api/transport.ts";
export { webSocketTransport } from "./connection/websocket-transport.ts";

/** Creates a client without views. It does not connect until `connect` is called. */
export function createClient(options: CoreOptions): CoreClient {
  const events = new Emitter<CoreEvents>();
  const emitConversation = ({ conversation, kind, peer, title }: KnownConversation) =>
    events.emit("conversation", { conversation, kind, peer, title });
  return new Engine(options, events, {
    synced: emitConversation,
    joined: emitConversation,
    created: emitConversation,
    applied: (applied) => events.emit("entries", applied),
    reset: (reset) => events.emit("reset", reset),
  });
}
