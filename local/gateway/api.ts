import { randomBytes } from "node:crypto";
import type { Clock } from "../util/clock.ts";
import type { Connection } from "./connection.ts";
import type { HandshakeRequest } from "./handshake-request.ts";
import type { GatewayLimits } from "./limits.ts";

/** Runs a function and returns its result as Lambda would: JSON in, JSON out; rejects when there is no result. */
type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

export interface Route {
  readonly function: string;
  /** The function's `body` goes back on the connection. */
  readonly response: boolean;
}

/** One WebSocket API with one stage: what its gateways share. A connection lives on one, but is known to all. */
export interface WebSocketApi {
  readonly region: string;
  readonly routes: Readonly<Record<string, Route>>;
  /** `$request.body.<property>`. */
  readonly routeSelection: string;
  /** `identitySource` is `route.request.header.<name>`. */
  readonly authorizer: { readonly function: string; readonly identitySource: string };
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly invoke: Invoke;
  /** Every message is handed on after a random delay of up to so much. AWS keeps no order between them. */
  readonly frameJitterMs: number;
  readonly log: (line: string) => void;
  /** Makes every post of `@connections`, by `post`. `lost`: its caller never hears of it. */
  readonly posting: (
    connection: Connection | undefined,
    text: string,
    post: () => PostResult,
  ) => PostResult | "lost";
  readonly connections: Map<string, Connection>;
}

export const STAGE_NAME = "local";
export const API_ID = "parleylocal";

/** Looks like one of AWS's; random, so unique over restarts. */
export function newConnectionId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

export type PostResult = "sent" | "gone" | "buffer full";

/** The authorizer's answer as later events carry it. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** What the events of one connection have in common. */
export interface ConnectionFacts {
  readonly connectionId: string;
  /** The name of the one it is on. */
  readonly gateway: string;
  readonly connectedAtMs: number;
  readonly handshake: HandshakeRequest;
  readonly authorizer: AuthorizerContext | undefined;
}
