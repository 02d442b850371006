/** One connection of a user. It counts while `expiresAtMs` is in the future, whatever the store still holds. */
export interface Lease {
  readonly connection: string;
  readonly device: string | undefined;
  readonly connectedAtMs: number;
  readonly expiresAtMs: number;
  /** When its token was issued, as the token says (whole seconds). Absent: unknown, so before any revocation. */
  readonly issuedAtMs?: number | undefined;
}

/** All that is known of a user's connections, of one moment. */
export interface UserState {
  /** Expired ones included. */
  readonly leases: readonly Lease[];
  /** Grows with every registration and every `markOffline`: puts in order what is told about the user. */
  readonly version: number;
  /** Until when others were told that the user is online; 0: they were told the opposite, or nothing. */
  readonly announcedUntilMs: number;
  /** When a connection was removed last. */
  readonly lastSeenAtMs: number | undefined;
}

/**
 * Why a connection is not registered: its token is from before a sign-out, or the user has to stay away for a while.
 */
export type Refusal = "revoked" | "penalized";

/**
 * Which connections a user has. Reads are strongly consistent and never cached: a connection is registered
 * before its client syncs, and leases are read after the entries are durable, so nothing falls between. Every call
 * but the reads of many users is one atomic change of one user. A call that threw may have happened.
 */
export interface Leases {
  /**
   * Registers (again) one connection, leaving all others alone, and returns the state after it. Refused, and nothing
   * is changed, when the token was issued before the user's revocation, or while a penalty lasts.
   */
  put(
    user: string,
    lease: Lease,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<UserState | { readonly refused: Refusal }>;

  /**
   * Removes exactly this connection and notes the time; a newer connection of the user is not touched. `removed` is
   * false, and nothing changed, when it was not there. Returns the state after it in either case.
   */
  remove(
    user: string,
    connection: string,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly removed: boolean; readonly state: UserState }>;

  /** All leases of each user, expired ones included; a user without any has an empty list. */
  read(users: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly Lease[]>>;

  /** As {@link read}, with everything else that is known; users nobody has seen are there too. */
  states(users: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, UserState>>;

  /** Notes what others have been told. False, and nothing is changed, when the version is not this one any more. */
  markOnline(user: string, version: number, untilMs: number, signal: AbortSignal): Promise<boolean>;

  /** Notes that others are about to be told of the end; the version is one more then. False as {@link markOnline}. */
  markOffline(user: string, version: number, signal: AbortSignal): Promise<boolean>;

  /** Tokens issued before that time register no connection from now on; never goes back. Returns the state. */
  revoke(user: string, beforeMs: number, signal: AbortSignal): Promise<UserState>;

  /** No connection is registered until then; never gets shorter. Returns the state, for the sockets to be closed. */
  penalize(user: string, untilMs: number, signal: AbortSignal): Promise<UserState>;
}
