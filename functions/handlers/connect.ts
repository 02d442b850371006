import { SUBPROTOCOL } from "../../protocol/index.ts";
import { type ConnectDeps, connect } from "../core/connections/connect.ts";
import { requestSignal } from "./deadline.ts";
import { requestOf } from "./websocket-event.ts";

/** Status of a refused handshake. */
const STATUS = { revoked: 403, penalized: 429 } as const;

/** Handles `$connect`. A browser closes the connection unless the response repeats the subprotocol it asked for. */
export function connectHandler(deps: ConnectDeps) {
  return async (event: unknown) => {
    const refusal = await connect(deps, requestOf(event), requestSignal());
    if (refusal !== undefined) return { statusCode: STATUS[refusal] };
    return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };
  };
}
