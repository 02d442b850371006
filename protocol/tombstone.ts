/** Ids that begin so stand for people whose account is gone. Nobody can sign in with one. */
const TOMBSTONE_PREFIX = "erased:";

/** Body of an `erased` entry: everything of `user` before this entry is gone, or named `tombstone`. */
export interface ErasedBody {
  readonly user: string;
  readonly tombstone: string;
  /** Member who became the owner of the group, which had no other. */
  readonly owner?: string | undefined;
  /** The user was no member any more. */
  readonly former?: true | undefined;
  /** The group's title was the user's, so it has none. */
  readonly untitled?: true | undefined;
}

/** Returns the id that stands for an erased user. */
export function tombstoneOf(random: string): string {
  return `${TOMBSTONE_PREFIX}${random}`;
}

/** True if a user id stands for somebody whose account is gone. */
export function isTombstone(user: string): boolean {
  return user.startsWith(TOMBSTONE_PREFIX);
}
