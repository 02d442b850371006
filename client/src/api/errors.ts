import type { ServerError } from "./entry.ts";

/** Base class of every error the client reports. `code` is stable, `message` is for people. */
export abstract class ClientError extends Error {
  abstract readonly code: string;
  /** True if the same call may succeed later. */
  abstract readonly temporary: boolean;
}

/** The content is invalid: no server would accept it. */
export class ProtocolError extends ClientError {
  override readonly name = "ProtocolError";
  readonly code: "malformed" | "too_large";
  readonly temporary = false;

  constructor(code: "malformed" | "too_large", message: string) {
    super(message);
    this.code = code;
  }
}

/** The server refused a request or an entry; `code` is one of the protocol's. */
export class RefusedError extends ClientError {
  override readonly name = "RefusedError";
  /** A code listed in docs/protocol.md ("Errors"), or a code of a newer server. */
  readonly code: string;
  readonly temporary: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(error: ServerError) {
    super(error.message);
    this.code = error.code;
    this.temporary = error.temporary;
    this.retryAfterMs = error.retryAfterMs;
  }
}

/** Several attempts to connect failed in a row; the client keeps trying. */
export class UnreachableError extends ClientError {
  override readonly name = "UnreachableError";
  readonly code = "unreachable";
  readonly temporary = true;

  constructor(failures: number, cause: unknown) {
    super(`${failures} attempts to connect failed, the last one with: ${String(cause)}`, { cause });
  }
}

/** The connection ended before the server answered, or there is none. Try again when `state` is `online`. */
export class ConnectionLostError extends ClientError {
  override readonly name = "ConnectionLostError";
  readonly code = "connection_lost";
  readonly temporary = true;

  constructor() {
    super("not connected; try again when online");
  }
}

/** The server did not answer a request in time. */
export class NoReplyError extends ClientError {
  override readonly name = "NoReplyError";
  readonly code = "no_reply";
  readonly temporary = true;

  constructor(withinMs: number) {
    super(`no reply within ${withinMs} ms`);
  }
}

/** The reply is not one that this version of the client understands. */
export class UnreadableReplyError extends ClientError {
  override readonly name = "UnreadableReplyError";
  readonly code = "unreadable_reply";
  readonly temporary = false;

  constructor(reply: string) {
    super(`cannot read the ${reply}`);
  }
}

/** The client was closed by the application, or ended by the server. Unacknowledged entries may still have arrived. */
export class ClosedError extends ClientError {
  override readonly name = "ClosedError";
  readonly code = "closed";
  readonly temporary = false;

  constructor() {
    super("the client is closed; create another client");
  }
}

/** The token is not a JWT with a `sub` claim, so the option `user` must name the user. */
export class NamelessTokenError extends ClientError {
  override readonly name = "NamelessTokenError";
  readonly code = "nameless_token";
  readonly temporary = false;

  constructor() {
    super("the token has no user claim; pass the `user` option");
  }
}

/** The token belongs to another user. A client keeps its user, who wrote the unsent entries; create a new client. */
export class OtherUserError extends ClientError {
  override readonly name = "OtherUserError";
  readonly code = "other_user";
  readonly temporary = false;

  constructor() {
    super("the token belongs to another user; create another client");
  }
}

/** Unsent entries could not be stored, or stored ones not be read or deleted; the client continues in memory. */
export class StorageError extends ClientError {
  override readonly name = "StorageError";
  readonly code = "storage";
  readonly temporary = true;

  constructor(cause: unknown) {
    super("the storage fails or does not answer; unsent messages are in memory only", {
      cause,
    });
  }
}
