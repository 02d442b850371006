import { randomBytes } from "node:crypto";
import type { Pages } from "../http/access.ts";
import type { Clock } from "../util/clock.ts";
import type { HandshakeRequest } from "./handshake-request.ts";
import type { GatewayLimits } from "./limits.ts";
import type { StageThrottle } from "./throttle.ts";

/** Runs a function and returns its result as Lambda would: JSON in, JSON out. Rejects when there is no result. */
export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

export interface Route {
  readonly function: string;
  /** True if the function's `body` goes back on the connection. */
  readonly response: boolean;
}

/** One WebSocket API with one stage, shared by its gateways. Each connection is open on one gateway and known to all. */
export interface WebSocketApi {
  readonly region: string;
  readonly routes: Readonly<Record<string, Route>>;
  /** `$request.body.<property>`. */
  readonly routeSelection: string;
  /** `identitySource` is `route.request.header.<name>`. */
  readonly authorizer: { readonly function: string; readonly identitySource: string };
  /** Pages that may connect. With a list of allowed origins it is any, because the authorizer decides. */
  readonly pages: Pages;
  readonly limits: GatewayLimits;
  readonly throttle: StageThrottle;
  readonly clock: Clock;
  readonly invoke: Invoke;
  /** Longest random delay before a message is routed, so that messages overtake each other: AWS keeps no order either. */
  readonly frameJitterMs: number;
  readonly log: (line: string) => void;
  /** Wraps every post of `@connections`; `post` makes it. After `lost`, the caller never gets a response. */
  readonly interceptPost: (
    connection: OpenConnection | undefined,
    text: string,
    post: () => PostResult,
  ) => PostResult | "lost";
  readonly connections: Map<string, OpenConnection>;
}

export const STAGE_NAME = "local";
export const API_ID = "parleylocal";

/** Returns an id that looks like one of AWS's. It is random, and so unique across restarts. */
export function newConnectionId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

export type PostResult = "sent" | "gone" | "buffer full";

/** An open connection, as routes and `@connections` use it. */
export interface OpenConnection {
  readonly facts: ConnectionFacts;
  readonly lastActiveAtMs: number;
  /** Sends one text message, unless more than `outgoingBufferBytes` already wait for a client that does not read. */
  post(text: string): PostResult;
  /** Closes the connection as `DeleteConnection` does. */
  close(): void;
  /** Ends the socket without a close handshake, as a lost network does. */
  terminate(): void;
}

/** The authorizer's context, as later events carry it. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** The part that all events of one connection have in common. */
export interface ConnectionFacts {
  readonly connectionId: string;
  /** Name of the gateway that holds the connection. */
  readonly gateway: string;
  readonly connectedAtMs: number;
  readonly handshake: HandshakeRequest;
  readonly authorizer: AuthorizerContext | undefined;
}
