import { createHash } from "node:crypto";

/** One of 16, always the same for a conversation: what the entries topic's subscriptions choose by. */
export function laneDigit(conversation: string): string {
  return createHash("sha256").update(conversation).digest("hex").slice(0, 1);
}

/** Which of so many lanes takes the frames of a conversation; wiring/lanes.ts makes the filter policies alike. */
export function laneOf(conversation: string, lanes: number): number {
  return Number.parseInt(laneDigit(conversation), 16) % lanes;
}

/** The bucket of a member, 0 to MEMBER_BUCKETS - 1: the first byte of the SHA-256 of the user id. */
export function memberBucket(user: string): number {
  return createHash("sha256").update(user).digest().readUInt8(0);
}
