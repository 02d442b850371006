import { isTombstone } from "../../../protocol/tombstone.ts";

/** True if a user id stands for somebody whose account is deleted: nobody can be reached by it. */
export function isDeletedAccount(user: string | undefined): boolean {
  return user !== undefined && isTombstone(user);
}
