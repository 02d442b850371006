import type { ServerError } from "./entry.ts";

/** Whatever the client reports. `code` is stable, `message` is for people. */
export abstract class ClientError extends Error {
  abstract readonly code: string;
  /** May the same thing succeed later? */
  abstract readonly temporary: boolean;
}

/** What was given is nothing any server would take. */
export class ProtocolError extends ClientError {
  override readonly name = "ProtocolError";
  readonly code: "malformed" | "too_large";
  readonly temporary = false;

  constructor(code: "malformed" | "too_large", message: string) {
    super(message);
    this.code = code;
  }
}

/** The server refused; `code` is one of the protocol's. */
export class RefusedError extends ClientError {
  override readonly name = "RefusedError";
  /** An `ErrorCode`, or a code of a newer server. */
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

/** Several attempts in a row ended before the connection was open; the client goes on trying. */
export class UnreachableError extends ClientError {
  override readonly name = "UnreachableError";
  readonly code = "unreachable";
  readonly temporary = true;

  constructor(failures: number, cause: unknown) {
    super(`${failures} attempts to connect failed`, { cause });
  }
}

/** The connection ended before the answer came. */
export class ConnectionLostError extends ClientError {
  override readonly name = "ConnectionLostError";
  readonly code = "connection_lost";
  readonly temporary = true;

  constructor() {
    super("the connection ended before an answer");
  }
}

export class NoReplyError extends ClientError {
  override readonly name = "NoReplyError";
  readonly code = "no_reply";
  readonly temporary = true;

  constructor(withinMs: number) {
    super(`no reply within ${withinMs} ms`);
  }
}

/** The server answered something this version of the client cannot read. */
export class UnreadableReplyError extends ClientError {
  override readonly name = "UnreadableReplyError";
  readonly code = "unreadable_reply";
  readonly temporary = false;

  constructor(what: string) {
    super(`the ${what} cannot be read`);
  }
}

/** The client was closed, by the application or for good by the server. What was not acknowledged may have arrived. */
export class ClosedError extends ClientError {
  override readonly name = "ClosedError";
  readonly code = "closed";
  readonly temporary = false;

  constructor() {
    super("the client is closed");
  }
}

/** The token is no JWT with a `sub`: the option `user` has to say whose it is. */
export class NamelessTokenError extends ClientError {
  override readonly name = "NamelessTokenError";
  readonly code = "nameless_token";
  readonly temporary = false;

  constructor() {
    super("the token does not say whose it is: say `user`");
  }
}

/** A client is of one user, whose words wait in it; another user's token makes another client. */
export class OtherUserError extends ClientError {
  override readonly name = "OtherUserError";
  readonly code = "other_user";
  readonly temporary = false;

  constructor() {
    super("the token is of another user");
  }
}

/** What waits to be sent could not be kept, or what was kept not be read: the client goes on in memory. */
export class StorageError extends ClientError {
  override readonly name = "StorageError";
  readonly code = "storage";
  readonly temporary = true;

  constructor(cause: unknown) {
    super("the storage failed", { cause });
  }
}
