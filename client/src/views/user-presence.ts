export interface UserPresence {
  readonly user: string;
  readonly online: boolean;
  /** Of one who is offline, where it is known, in milliseconds since 1970. */
  readonly lastSeenAtMs: number | undefined;
}

/** By user, those watched of whom something is known. */
export type PresenceView = ReadonlyMap<string, UserPresence>;
