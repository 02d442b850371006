import { webSocketTransport } from "../connection/websocket-transport.ts";
import { DEFAULT_TIMINGS, type Timings } from "../timings.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ClientStorage } from "./storage.ts";
import type { Transport } from "./transport.ts";

export interface Token {
  readonly token: string;
  /** Milliseconds since 1970. @default the `exp` of a JWT */
  readonly expiresAtMs?: number;
}

export interface CoreOptions {
  /**
   * The signed-in user, exactly as the token names them: entries in the log with this sender are one's own. The server
   * takes the sender from the token alone, so another name here only confuses this device. To be given where tokens
   * are no JWTs, or the deployment reads another claim; and so that what is written before the first token comes
   * survives a reload, and what did is shown without a connection.
   * @default the token's `sub`
   */
  readonly user?: string;
  /** `wss://…`; a function is asked for every attempt to connect, after `token`. */
  readonly url: string | (() => Promise<string>);
  /**
   * Asked for every attempt to connect. One that rejects, or takes longer than `timings.openWithinMs`, is a failed
   * attempt, and is tried again. Shortly before a token expires (`timings.renewBeforeMs`), or API Gateway's two hours are
   * over, the client replaces the connection by itself; so do not hand out a token that is about to expire.
   */
  readonly token: () => Promise<string | Token>;
  /** Names this device to the server, always the same: at most 64 printable ASCII characters. */
  readonly device?: string;
  /**
   * Keeps what waits to be sent beyond the life of this client: `webStorage(localStorage)` of the full library,
   * `indexedDbStorage()` of `@parley/client/indexeddb`, `fileStorage(folder)` of `@parley/client/node`. Several clients
   * may share one.
   * @default none: what waits is lost with the client
   */
  readonly storage?: ClientStorage;
  /** @default the platform's WebSocket */
  readonly transport?: Transport;
  readonly clock?: Clock;
  /** In [0, 1). @default Math.random */
  readonly random?: () => number;
  /** Ids of entries and requests; must never repeat, on no device. @default crypto.randomUUID */
  readonly newId?: () => string;
  readonly timings?: Partial<Timings>;
}

type WithoutDefault = "user" | "device" | "storage";

/** The options with every default filled in. */
export interface Settings
  extends Required<Omit<CoreOptions, WithoutDefault | "timings">>,
    Pick<CoreOptions, WithoutDefault> {
  readonly timings: Timings;
}

export function settingsOf(options: CoreOptions): Settings {
  return {
    transport: webSocketTransport,
    clock: systemClock,
    random: Math.random,
    newId: () => crypto.randomUUID(),
    ...options,
    timings: { ...DEFAULT_TIMINGS, ...options.timings },
  };
}
