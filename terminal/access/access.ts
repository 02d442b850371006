import type { DeploymentSelector } from "../../deployment/selector.ts";

/** Token and URL for one connection attempt. */
export interface Grant {
  readonly token: string;
  readonly url: string;
  /** Expiry of the token, in milliseconds since 1970. */
  readonly expiresAtMs?: number;
}

/** Access to a Parley as one user. */
export interface Access {
  /** User id exactly as in the tokens. */
  readonly user: string;
  /** URL that identifies this Parley; the same for every grant. */
  readonly parley: string;
  /** Gets a grant for one connection attempt. Throws `NoServerError` or `GrantRefusedError`. */
  grant(signal: AbortSignal): Promise<Grant>;
  /** Records that the last grant opened a connection. */
  markAccepted(): void;
}

/** The server does not answer or is not ready yet; retrying makes sense. The message says what the user can do. */
export class NoServerError extends Error {
  override readonly name = "NoServerError";
}

/** The server refuses this user; retrying would not help. */
export class GrantRefusedError extends Error {
  override readonly name = "GrantRefusedError";
}

/** A deployed stack, with options that override its outputs. */
export interface DeployedParley {
  readonly selector: DeploymentSelector;
  readonly url: string | undefined;
  readonly tokenCommand: string | undefined;
  readonly userClaim: string | undefined;
  readonly signUp: boolean;
}

/** The Parley to connect to, and how to get a token for it. */
export type Parley =
  /** URL of an embedded cloud, without a trailing slash. */
  | { readonly server: string }
  | DeployedParley
  /** A WebSocket URL without a stack. */
  | {
      readonly selector: undefined;
      readonly url: string;
      readonly tokenCommand: string;
      readonly userClaim: string | undefined;
    };
