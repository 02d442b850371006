import { createHash } from "node:crypto";

/** The bucket of a member, 0 to MEMBER_BUCKETS - 1: the first byte of the SHA-256 of the user id. */
export function memberBucket(user: string): number {
  return createHash("sha256").update(user).digest().readUInt8(0);
}
