/** One connection of a user. It counts while `expiresAtMs` is in the future, even if the store keeps it longer. */
export interface Lease {
  readonly connection: string;
  readonly device: string | undefined;
  readonly connectedAtMs: number;
  readonly expiresAtMs: number;
  /**
   * When its token was issued, according to the token (whole seconds). Absent: unknown, which counts as before any
   * revocation.
   */
  readonly issuedAtMs?: number | undefined;
}

/** Snapshot of a user's connections and presence. */
export interface UserState {
  /** Includes expired leases. */
  readonly leases: readonly Lease[];
  /** Increases with every registration and every `markOffline`; orders the messages published about the user. */
  readonly version: number;
  /** Time until which the published presence says the user is online; 0: it says offline, or nothing was published. */
  readonly announcedUntilMs: number;
  /** When a connection was last removed. */
  readonly lastSeenAtMs: number | undefined;
}

/** Reason a connection is not registered: its token predates a sign-out, or the user is locked out for a while. */
export type Refusal = "revoked" | "penalized";

/**
 * Registry of each user's connections. Reads are strongly consistent and never cached: a connection is registered
 * before its client syncs, and leases are read after the entries are durable, so no entry is missed in between. Every
 * call except the reads of many users is one atomic change of one user. A call that threw may have happened.
 */
export interface Leases {
  /**
   * Registers one connection, possibly again, without touching the others, and returns the state after it. Refuses,
   * and changes nothing, if the token was issued before the user's revocation, or while a penalty lasts.
   */
  put(
    user: string,
    lease: Lease,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<UserState | { readonly refused: Refusal }>;

  /**
   * Removes exactly this connection and records the time; a newer connection of the user is not touched. `removed` is
   * false, and nothing has changed, if the connection was not registered. Returns the state after it in either case.
   */
  remove(
    user: string,
    connection: string,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly removed: boolean; readonly state: UserState }>;

  /** Reads all leases of each user, including expired ones; a user without any gets an empty list. */
  read(users: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly Lease[]>>;

  /** Like {@link read}, with the rest of the user's state. Includes users without any record. */
  states(users: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, UserState>>;

  /**
   * Records that the user was announced as online. Returns false, and changes nothing, if the version is no longer
   * this one.
   */
  markOnline(user: string, version: number, untilMs: number, signal: AbortSignal): Promise<boolean>;

  /**
   * Records that the user is about to be announced as offline, and increases the version by one. Returns false like
   * {@link markOnline}.
   */
  markOffline(user: string, version: number, signal: AbortSignal): Promise<boolean>;

  /**
   * Refuses connections from now on if their token was issued before that time. The time never goes back. Returns the
   * state.
   */
  revoke(user: string, beforeMs: number, signal: AbortSignal): Promise<UserState>;

  /**
   * Refuses connections until then. The time is never shortened. Returns the state, so that the sockets can be
   * closed.
   */
  penalize(user: string, untilMs: number, signal: AbortSignal): Promise<UserState>;
}
