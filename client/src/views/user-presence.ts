/** Presence of one user. */
export interface UserPresence {
  readonly user: string;
  readonly online: boolean;
  /** Time at which an offline user was last seen, if known, in milliseconds since 1970. */
  readonly lastSeenAtMs: number | undefined;
}

/** Presence by user, for watched users whose presence is known. */
export type PresenceView = ReadonlyMap<string, UserPresence>;
