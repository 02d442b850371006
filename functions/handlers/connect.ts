import { SUBPROTOCOL } from "../../protocol/index.ts";
import { type ConnectDeps, connect } from "../core/connections/connect.ts";
import { requestSignal } from "./deadline.ts";
import { requestOf } from "./websocket-event.ts";

/** What the handshake is answered with. */
const STATUS = { revoked: 403, penalized: 429 } as const;

/** `$connect`: a browser closes the connection unless the subprotocol it asked for is answered. */
export function connectHandler(deps: ConnectDeps) {
  return async (event: unknown) => {
    const refusal = await connect(deps, requestOf(event), requestSignal());
    if (refusal !== undefined) return { statusCode: STATUS[refusal] };
    return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };
  };
}
