import type { DeploymentSelector } from "../../deployment/selector.ts";

/** What it takes to connect once. */
export interface Grant {
  readonly token: string;
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number;
}

/** A way into a Parley, for one user. */
export interface Access {
  /** Exactly as the tokens name them. */
  readonly user: string;
  /** A URL that tells one Parley from others; of every grant the same. */
  readonly parley: string;
  /** For one attempt to connect. Throws `NoServerError` or `GrantRefusedError`. */
  grant(signal: AbortSignal): Promise<Grant>;
  /** The last grant has led to a connection. */
  markAccepted(): void;
}

/** Nobody is there, or not ready yet: worth another try. The message says what to do meanwhile. */
export class NoServerError extends Error {
  override readonly name = "NoServerError";
}

/** The server does not want this user; asking again would not help. */
export class GrantRefusedError extends Error {
  override readonly name = "GrantRefusedError";
}

/** A stack, and what is not to be as it says. */
export interface DeployedParley {
  readonly selector: DeploymentSelector;
  readonly url: string | undefined;
  readonly tokenCommand: string | undefined;
  readonly userClaim: string | undefined;
  readonly signUp: boolean;
}

/** Where to chat, and by what right. */
export type Parley =
  /** An embedded cloud, without a slash at the end. */
  | { readonly server: string }
  | DeployedParley
  /** No stack to ask. */
  | {
      readonly selector: undefined;
      readonly url: string;
      readonly tokenCommand: string;
      readonly userClaim: string | undefined;
    };
