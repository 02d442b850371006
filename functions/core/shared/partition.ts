import { createHash } from "node:crypto";

/** Returns one of 16 hex digits, stable for a conversation. Subscriptions of the entries topic filter by it. */
export function laneDigit(conversation: string): string {
  return createHash("sha256").update(conversation).digest("hex").slice(0, 1);
}

/** Returns the lane that takes the frames of a conversation. wiring/lanes.ts builds the matching filter policies. */
export function laneOf(conversation: string, lanes: number): number {
  return Number.parseInt(laneDigit(conversation), 16) % lanes;
}

/** Returns the bucket of a member, 0 to MEMBER_BUCKETS - 1: the first byte of the SHA-256 of the user id. */
export function memberBucket(user: string): number {
  return createHash("sha256").update(user).digest().readUInt8(0);
}
